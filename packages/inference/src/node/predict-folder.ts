import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isNnUNetError, usageError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import { applyPostprocessingToFolder } from '@nnunet/postprocess/node';
import { acquireLock } from '@nnunet/store';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { settleBounded } from '@nnunet/threads';
import { ProgressClock } from '@nnunet/threads/internal';
import { spareMemory } from '@nnunet/threads/node/internal';
import { type ImageGeometry, shippedFormats } from '@nnunet/volume';
import { requireWholeLabels } from '@nnunet/volume/internal';
import { readLabels } from '@nnunet/volume/node';
import { type CaseForecast, forecastCase } from '../case-forecast.ts';
import type { Room } from '../memory-refusal.ts';
import {
  type EstimatedCase,
  estimateByHeaders,
  estimateSeconds,
  folderEstimate,
  memoryIn,
  refusalOf,
  secondsOf,
  threadsFor,
} from './estimate.ts';
import { type FoundCases, findCases, findFilesOfCases, type InputCase, requireCases } from './find-cases.ts';
import {
  checkOptions,
  type FolderResult,
  type PredictFolderOptions,
  requireOtherFolder,
  requirePreviousStage,
  rulesOf,
  type ThreadNumbers,
} from './folder-options.ts';
import { recordModel } from './prediction-record.ts';
import { CaseStages } from './stages.ts';

/** Memory of an idle thread. */
const THREAD_BYTES = 64e6;
/** The initial estimate of the remaining time has the weight of the first tenth of the work. */
const GUESS = 0.1;

/**
 * Segments all cases of a folder, or the given cases, writing `<id>.nii.gz`. If a case fails, it is named in the result and the others are
 * finished.
 *
 * @throws NnUNetError 'no-images', 'missing-file', 'missing-previous-stage', 'usage', 'other-model', 'unknown-preprocessor', 'unknown-normalization'; 'memory-limit' if
 * no case fits into `maxMemory`; the signal's reason when aborted
 *
 * Origin: v1's `predict_from_folder`.
 */
export async function predictFolder(options: PredictFolderOptions): Promise<FolderResult> {
  const { model, outputFolder, signal, onMessage } = options;
  checkOptions(options);
  model.rules.requireKnownSteps(options);
  await requireOtherFolder(options);
  const { cases, extra } = await casesOf(options);
  if (extra.length > 0) {
    const belong =
      extra.length === 1 ? '1 file belongs to no case and is' : `${extra.length} files belong to no case and are`;
    onMessage?.(`${belong} ignored: ${listed(extra)}`);
  }
  const { part = 0, parts = 1 } = options;
  const own = cases.filter((_, i) => i % parts === part);
  requirePreviousStage(options, own);
  await mkdir(outputFolder, { recursive: true });
  const result: FolderResult = { predicted: [], skipped: [], elsewhere: [], failed: [] };
  const pending: InputCase[] = [];
  for (const input of own) {
    if (isDone(options, input.id)) result.skipped.push(input.id);
    else pending.push(input);
  }
  await recordModel(outputFolder, model, [...(options.kept ?? []), ...result.skipped]);
  for (const [name, text] of Object.entries(rulesOf(options).files))
    await writeFileAtomic(join(outputFolder, name), text);
  const unreadable = new Set(await unreadableOf(options, result.skipped));
  result.skipped = result.skipped.filter((id) => !unreadable.has(id));
  pending.push(...own.filter(({ id }) => unreadable.has(id)));
  await postprocessExisting(options, result.skipped);
  if (pending.length === 0) return result;
  signal?.throwIfAborted();
  const estimated = await estimateByHeaders(pending, options);
  const unknown = estimated.some(({ evaluations }) => evaluations === null);
  const evaluations = estimated.reduce((sum, one) => sum + (one.evaluations ?? 0), 0);
  const secondsPerEvaluation = await model.ensemble.warmUp(unknown ? undefined : evaluations);
  const threads = threadsFor(estimated, options);
  const program = process.memoryUsage.rss() + THREAD_BYTES * (threads.preparing + threads.writing);
  const room = (options.maxMemory ?? process.memoryUsage.rss() + spareMemory()) - program;
  const refusals = estimated.map((one) => refusalOf(one, options, { room, program }));
  if (refusals.every((refusal) => refusal !== null)) throw refusals[0];
  const fitting = await estimateSeconds(
    estimated.filter((_, i) => refusals[i] === null),
    options,
    secondsPerEvaluation,
  );
  options.onEstimate?.(folderEstimate(fitting, options));
  // Cases that do not fit are reported in their turn.
  const refused = estimated.flatMap((one, i) => (refusals[i] === null ? [] : [{ ...one, seconds: 0 }]));
  const inOrder = [...fitting, ...refused].sort((a, b) => (a.id < b.id ? -1 : 1));
  await runCases(inOrder, { options, threads, room, program, secondsPerEvaluation, result });
  return result;
}

/** Returns the given cases, or those of the folder. */
async function casesOf({ model, inputFolder, cases, formats }: PredictFolderOptions): Promise<FoundCases> {
  if ((inputFolder === undefined) === (cases === undefined))
    throw usageError({ what: 'what to predict is not clear', remedy: 'Give either `inputFolder` or `cases`.' });
  const { severalPerFile } = model.rules;
  if (inputFolder !== undefined && severalPerFile)
    return { cases: await findFilesOfCases(inputFolder, formats ?? shippedFormats), extra: [] };
  if (inputFolder !== undefined) return findCases(inputFolder, model.channelNames, formats);
  requireCases(cases!, model.channelNames, severalPerFile);
  return { cases: [...cases!], extra: [] };
}

/** State shared by all cases. */
interface FolderRun extends Room {
  options: PredictFolderOptions;
  threads: ThreadNumbers;
  /** Of all folds together. */
  secondsPerEvaluation: number;
  result: FolderResult;
}

/**
 * Predicts cases whose stages overlap as far as threads and memory allow. Failures of single cases go to the result.
 *
 * @throws NnUNetError 'disk-full' and other errors that would affect all cases; the signal's reason when aborted
 */
async function runCases(cases: readonly EstimatedCase[], run: FolderRun): Promise<void> {
  const { options, threads, room, secondsPerEvaluation, result } = run;
  const { onMessage, signal } = options;
  const clock = new ProgressClock(
    cases.map(({ seconds }) => seconds),
    { guess: GUESS },
  );
  const stages = new CaseStages(options, threads, room);
  let finished = result.skipped.length;
  const total = finished + cases.length;
  let noted = false;

  /** @param seconds total time that the current case is expected to take */
  const report = (caseId: string, share: number, seconds: number) => {
    const secondsLeft = clock.secondsLeft(share * seconds);
    options.onProgress?.({ caseId, casesDone: finished, cases: total, share, secondsLeft });
  };
  const requireRoom = (id: string, forecast: CaseForecast | null) => {
    const refusal = refusalOf({ id, forecast }, options, run);
    if (refusal !== null) throw refusal;
  };

  const predict = async (input: EstimatedCase, stop: AbortSignal) => {
    const { id } = input;
    requireRoom(id, input.forecast);
    const onRead = (first: ImageGeometry) => requireRoom(id, forecastCase(options.model.rules, first));
    const prepared = await stages.prepare(input, stop, onRead);
    for (const { severity, text } of prepared.notices) {
      // Report it only once for all cases together.
      if (severity === 'note' && noted) continue;
      noted ||= severity === 'note';
      onMessage?.(severity === 'note' ? text : `${id}: ${text}`);
    }
    // Only now is it known what was cropped away.
    const imageShape = prepared.properties.original_size_of_raw_data;
    const shapes = { imageShape, networkShape: prepared.image.shape.slice(1) };
    const seconds = secondsOf(shapes, options, secondsPerEvaluation);
    clock.revise(input.seconds, seconds);
    input.seconds = seconds;
    await stages.predict(id, prepared, stop, ({ done, total }) => report(id, Math.min(0.999, done / total), seconds));
  };

  const predictLocked = async (input: EstimatedCase, stop: AbortSignal) => {
    const { id } = input;
    const lock = await lockOf(id, options);
    if (lock === null) onMessage?.(`${id} is being predicted by another process`);
    try {
      if (lock !== null) {
        report(id, 0, 0);
        await predict(input, stop);
      }
    } finally {
      await lock?.release();
    }
    result[lock === null ? 'elsewhere' : 'predicted'].push(id);
    clock.finish(input.seconds);
    report(id, 1, 0);
    finished++;
  };

  const onFailure = ({ id, seconds }: EstimatedCase, error: unknown) => {
    const failure = error instanceof Error ? error : new Error(String(error));
    result.failed.push({ id, error: failure });
    const { message } = failure;
    const what = message.startsWith(`${id}: `) ? message.slice(id.length + 2) : message;
    // Of a single case, the caller tells.
    if (total > 1) onMessage?.(`${id} failed and is skipped: ${what}`);
    clock.finish(seconds);
    finished++;
  };

  // Without threads nothing overlaps; with them, one case may be ready beyond those in progress.
  const overlap = threads.preparing > 0 || threads.writing > 0;
  const width = overlap ? Math.max(1, threads.preparing) + Math.max(1, threads.writing) + 1 : 1;
  // Cap at the available memory: whether a case fits is checked in its turn.
  const weight = ({ forecast }: EstimatedCase) => {
    if (forecast === null) return room;
    const { preparing, predicting } = memoryIn(forecast, options);
    return Math.min(room, Math.max(preparing, predicting));
  };
  try {
    await settleBounded(cases, predictLocked, { width, weight, maxWeight: room, signal, onFailure });
  } finally {
    await stages.close();
  }
}

/** Returns null if another process is predicting the case. */
function lockOf(id: string, { outputFolder, onMessage }: PredictFolderOptions) {
  const purpose = `the prediction of ${id}`;
  return acquireLock(join(outputFolder, `.${id}.lock`), { purpose, onTakeOver: onMessage }).catch((error: unknown) => {
    if (isNnUNetError(error, 'locked')) return null;
    throw error;
  });
}

/** Returns the cases whose existing label map cannot be read, such as an interrupted copy: they are predicted again. */
async function unreadableOf({ outputFolder, signal, onMessage }: PredictFolderOptions, ids: readonly string[]) {
  const unreadable: string[] = [];
  for (const id of ids) {
    signal?.throwIfAborted();
    const file = join(outputFolder, `${id}.nii.gz`);
    try {
      requireWholeLabels((await readLabels(file)).data, file);
    } catch {
      onMessage?.(`${file} cannot be read and is predicted again`);
      unreadable.push(id);
    }
  }
  return unreadable;
}

/**
 * Label maps left by another program may lack postprocessing; it does not change maps that already have it. Origin: v1.
 */
async function postprocessExisting(options: PredictFolderOptions, ids: readonly string[]): Promise<void> {
  const { outputFolder, signal } = options;
  const rule = rulesOf(options).postprocessing;
  if (rule === null || rule.entries.length === 0) return;
  const files = ids.map((id) => `${id}.nii.gz`);
  await applyPostprocessingToFolder({ inputFolder: outputFolder, outputFolder, rule, files, workers: 1, signal });
}

function isDone({ overwrite, outputFolder, saveProbabilities }: PredictFolderOptions, id: string): boolean {
  if (overwrite) return false;
  const endings = saveProbabilities ? ['.nii.gz', '.npz'] : ['.nii.gz'];
  return endings.every((ending) => existsSync(join(outputFolder, id + ending)));
}
