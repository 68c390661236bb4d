import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { NnUNetError, usageError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import { applyPostprocessingToFolder } from '@nnunet/postprocess/node';
import { formatJson } from '@nnunet/schema';
import { isSameFolder, writeFileAtomic } from '@nnunet/tensor/node/internal';
import { spareMemory } from '@nnunet/threads/node/internal';
import { requireWholeLabels } from '@nnunet/volume/internal';
import { readLabels } from '@nnunet/volume/node';
import { secondsBeside } from '../forecast-time.ts';
import { refusalOf, rulesOf } from './case-memory.ts';
import type { ThreadNumbers } from './case-threads.ts';
import { findCases, type InputCase } from './find-cases.ts';
import type { FolderEstimate, FolderResult, PredictFolderOptions } from './folder-options.ts';
import { type ForeseenCase, foreseeCases, type PlannedCase, planCases } from './plan-cases.ts';
import { recordModel } from './prediction-record.ts';
import { runCases, THREAD_BYTES } from './run-cases.ts';

/**
 * Segments all cases of a folder to `<id>.nii.gz`. A case that fails is named in the result, and the others are finished.
 *
 * @throws NnUNetError 'no-images', 'missing-files', 'missing-previous-stage', 'usage', 'other-model'; 'memory-limit' where no case fits
 *   into `maxMemory`; the signal's reason when aborted
 *
 * Origin: v1's `predict_from_folder`.
 */
export async function predictFolder(options: PredictFolderOptions): Promise<FolderResult> {
  const { model, outputFolder, signal, onMessage } = options;
  checkOptions(options);
  await requireOtherFolder(options);
  const { cases, extra } = await findCases(options.inputFolder, model.channels, options.formats);
  if (extra.length > 0) {
    const belong =
      extra.length === 1 ? '1 file belongs to no case and is' : `${extra.length} files belong to no case and are`;
    onMessage?.(`${belong} left out: ${listed(extra)}`);
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
  await recordModel(outputFolder, model, result.skipped);
  for (const [name, content] of Object.entries(rulesOf(options).files))
    await writeFileAtomic(join(outputFolder, name), formatJson(content));
  const unreadable = new Set(await unreadableOf(options, result.skipped));
  result.skipped = result.skipped.filter((id) => !unreadable.has(id));
  pending.push(...own.filter(({ id }) => unreadable.has(id)));
  await postprocessExisting(options, result.skipped);
  if (pending.length === 0) return result;
  signal?.throwIfAborted();
  const foreseen = await foreseeCases(pending, options);
  const unknown = foreseen.some(({ evaluations }) => evaluations === null);
  const evaluations = foreseen.reduce((sum, one) => sum + (one.evaluations ?? 0), 0);
  const secondsPerEvaluation = await model.ensemble.warmUp(unknown ? undefined : evaluations);
  const threads = threadsFor(foreseen, options);
  const program = process.memoryUsage.rss() + THREAD_BYTES * (threads.preparing + threads.writing);
  const room = (options.maxMemory ?? process.memoryUsage.rss() + spareMemory()) - program;
  const refusals = foreseen.map((one) => refusalOf(one, options, { room, program }));
  if (refusals.every((refusal) => refusal !== null)) throw refusals[0];
  const fitting = await planCases(
    foreseen.filter((_, i) => refusals[i] === null),
    options,
    secondsPerEvaluation,
  );
  options.onEstimate?.(estimateOf(fitting, options));
  // Those that do not fit are named in their turn.
  const refused = foreseen.flatMap((one, i) => (refusals[i] === null ? [] : [{ ...one, seconds: 0 }]));
  const planned = [...fitting, ...refused].sort((a, b) => (a.id < b.id ? -1 : 1));
  await runCases(planned, { options, threads, room, program, secondsPerEvaluation, result });
  return result;
}

function estimateOf(planned: readonly PlannedCase[], { model, tiles }: PredictFolderOptions): FolderEstimate {
  return {
    cases: planned.length,
    evaluations: model.folds * planned.reduce((sum, { evaluations }) => sum + (evaluations ?? 0), 0),
    seconds: secondsOfAll(planned),
    atMost: tiles === 'body',
    unknown: planned.filter(({ evaluations }) => evaluations === null).length,
  };
}

/** Those of which nothing is known count as the others do on average. */
function secondsOfAll(planned: readonly PlannedCase[]): number {
  const known = planned.flatMap(({ seconds }) => (seconds === null ? [] : [seconds]));
  return (known.reduce((sum, seconds) => sum + seconds, 0) * planned.length) / Math.max(1, known.length);
}

/** Threads pay where what they take off this one takes longer than they need to start. */
const LEAST_SECONDS = 4;

function threadsFor(planned: readonly ForeseenCase[], { model, threads = {} }: PredictFolderOptions): ThreadNumbers {
  const beside = planned.reduce(
    (sum, one) =>
      sum + (one.forecast ? secondsBeside(one.forecast, model.channels, model.description.network.classes) : 0),
    0,
  );
  const number = planned.length > 1 && beside > LEAST_SECONDS ? 1 : 0;
  const { preparing = number, writing = number } = threads;
  // More than there are cases would never be used.
  return { preparing: Math.min(preparing, planned.length), writing: Math.min(writing, planned.length) };
}

/**
 * Label maps among the images would be taken for images the next time.
 *
 * @throws NnUNetError 'usage' where images and predictions would lie in one folder
 */
export async function requireOtherFolder({
  inputFolder,
  outputFolder,
}: Pick<PredictFolderOptions, 'inputFolder' | 'outputFolder'>): Promise<void> {
  if (!(await isSameFolder(inputFolder, outputFolder))) return;
  const what = 'the folder of the images is also the one for the predictions';
  throw usageError({ what, where: inputFolder, remedy: 'Name another output folder.' });
}

/** Of these cases those whose label map is there but cannot be read, as a copy that broke off: they are predicted again. */
async function unreadableOf({ outputFolder, signal, onMessage }: PredictFolderOptions, ids: readonly string[]) {
  const unreadable: string[] = [];
  for (const id of ids) {
    signal?.throwIfAborted();
    const file = join(outputFolder, `${id}.nii.gz`);
    try {
      requireWholeLabels((await readLabels(file)).data, file);
    } catch {
      onMessage?.(`${file} cannot be read, and is predicted again`);
      unreadable.push(id);
    }
  }
  return unreadable;
}

/** Label maps that another program has left may lack it; what has it already stays as it is. Origin: v1. */
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

function checkOptions(options: PredictFolderOptions): void {
  const { part = 0, parts = 1, mode = 'normal', saveProbabilities, model, threads, maxMemory, stepSize } = options;
  for (const [name, n] of Object.entries(threads ?? {}))
    if (n !== undefined && !(Number.isInteger(n) && n >= 0))
      throw usageError({ what: `${n} is no number of threads (${name})`, remedy: 'Give 0 or more.' });
  if (stepSize !== undefined && !(stepSize > 0 && stepSize <= 1))
    throw usageError({ what: `step size ${stepSize} is not in (0, 1]`, remedy: 'Use 0.5, as nnU-Net does.' });
  if (maxMemory !== undefined && !(maxMemory > 0))
    throw usageError({ what: `${maxMemory} bytes are no limit of memory`, remedy: 'Give more.' });
  if (!(Number.isInteger(parts) && parts >= 1 && Number.isInteger(part) && part >= 0 && part < parts))
    throw usageError({ what: `there is no part ${part} of ${parts}`, remedy: 'Parts count from 0.' });
  if (!['normal', 'fast', 'fastest'].includes(mode))
    throw usageError({ what: `unrecognized mode "${mode}"`, remedy: 'It must be normal, fast or fastest.' });
  if (!model.rules.modes.includes(mode))
    throw usageError({
      what: `this model has no mode ${mode}: models of regions and of nnU-Net v2 have none but normal`,
      remedy: 'Use normal.',
    });
  if (mode !== 'normal' && saveProbabilities)
    throw usageError({ what: `the mode ${mode} gives no probabilities`, remedy: 'Use normal.' });
}

function requirePreviousStage({ model, previousStageFolder: folder }: PredictFolderOptions, cases: InputCase[]): void {
  if (!model.needsPreviousStage) return;
  const missing = cases.filter(({ id }) => folder === undefined || !existsSync(join(folder, `${id}.nii.gz`)));
  if (missing.length === 0) return;
  const shown = missing.slice(0, 10).map(({ id }) => `${id}.nii.gz`);
  throw new NnUNetError('missing-previous-stage', {
    what: `the cascade needs the 3d_lowres segmentation of every case; missing: ${shown.join(', ')}${missing.length > 10 ? ', …' : ''}`,
    where: folder,
    remedy: 'Predict the folder with 3d_lowres first and name its output (nnUNet_predict: -l).',
  });
}
