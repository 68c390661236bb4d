import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { casesFailed } from '@nnunet/errors/internal';
import { formatSummary, type Regions, type Summary } from '@nnunet/metrics';
import { regionsIn } from '@nnunet/metrics/internal';
import { evaluateFiles, readSummary, writeSummary } from '@nnunet/metrics/node';
import { stampedSummary } from '@nnunet/metrics/node/internal';
import { type DetermineStep, determinePostprocessing } from '@nnunet/postprocess/node';
import { regionsOfModel } from '@nnunet/postprocess/node/internal';
import type { Fold } from '@nnunet/schema';
import { FILE_NAMES } from '@nnunet/schema/internal';
import {
  compareMadeFrom,
  hashFile,
  hashSettings,
  type MadeFrom,
  readMadeFrom,
  readValidationRecord,
  writeMadeFrom,
} from '@nnunet/store/internal';
import { stemsIn, writeFileAtomic } from '@nnunet/tensor/node/internal';
import { commonRegionOrder } from '../region-order.ts';
import { type ReadProperties, readStoredProperties } from './case-properties.ts';
import { areNewer } from './is-consolidated.ts';
import { type MergeProgress, mergeCases } from './merge-cases.ts';
import type { MergeTask } from './merge-members.ts';
import { type PredictMissingSoftmax, type ValidatedCase, validatedCases } from './validated-cases.ts';

export interface EnsembleCrossValidationOptions {
  /** Model folders, `<results>/nnUNet/<CONFIG>/<TASK>/<TRAINER>__<PLANS>`; two in v1. */
  models: readonly string[];
  /** `<results>/nnUNet/ensembles/<TASK>/<name>`, where the name is that of the ensemble. */
  outputFolder: string;
  /** Name of the task, for the summary. */
  task: string;
  /** Default: 0 to 4. */
  folds?: readonly Fold[];
  /** Name of the folder of predictions in each fold. Default: 'validation_raw'. */
  validationFolder?: string;
  /** Folder of the reference label files. Default: the first model's `gt_niftis`. */
  references?: string;
  /** Only merge and score. Default: false. */
  disablePostprocessing?: boolean;
  /** Folder for a copy of the postprocessed summary. Default: no copy. */
  summariesFolder?: string | null;
  /** Threads: cases merged or scored at the same time. Default: 2. */
  workers?: number;
  readProperties?: ReadProperties;
  predictMissingSoftmax?: PredictMissingSoftmax;
  signal?: AbortSignal;
  onProgress?: (progress: MergeProgress & { step: 'merging' | 'scoring' | DetermineStep }) => void;
}

const RAW = 'ensembled_raw';
const FINAL = 'ensembled_postprocessed';

/**
 * Merges the cross-validations of several models (`ensembled_raw`), scores the result and decides on its postprocessing
 * (`ensembled_postprocessed`, postprocessing.json). Keeps results that are newer than their inputs; if a result is
 * remade, so are the scores and the decision. Returns the scores before postprocessing.
 * Origin: v1's evaluation/model_selection/ensemble.py.
 *
 * @throws NnUNetError 'missing-validation', 'missing-softmax', 'different-cases', 'missing-properties'; 'cases-failed'
 * naming the cases that cannot be merged or scored, after the others; and any error from reading and writing
 */
export async function ensembleCrossValidation(options: EnsembleCrossValidationOptions): Promise<Summary> {
  const { models, outputFolder, task, workers = 2, signal, onProgress } = options;
  const references = options.references ?? join(models[0]!, 'gt_niftis');
  const { cases, labels, ignoreLabel } = await validatedCases(options);
  const regions = await regionsOfModel(models[0]!);
  const raw = join(outputFolder, RAW);
  const summaryFile = join(raw, 'summary.json');
  const decisionFile = join(outputFolder, FILE_NAMES.postprocessing);
  await mkdir(raw, { recursive: true });
  const merged = (caseId: string): string => join(raw, `${caseId}.nii.gz`);
  const surplus = (await stemsIn(raw, '.nii.gz')).filter((caseId) => !cases.some((entry) => entry.caseId === caseId));
  const sources = await sourcesOf(cases, references);
  const changes = changesSince(await readMadeFrom(outputFolder), sources);
  const judgedOtherwise = !(await isJudgedBy(summaryFile, regions));
  const merge = changes.some((name) => !name.startsWith(REFERENCE));
  const read = options.readProperties ?? readStoredProperties;
  const tasks = await mergeTasks(cases, { raw, read, all: merge });
  if (tasks.length > 0 || surplus.length > 0 || changes.length > 0 || judgedOtherwise) {
    await Promise.all([summaryFile, decisionFile, ...surplus.map(merged)].map((path) => rm(path, { force: true })));
  }
  const failed = await mergeCases(tasks, {
    threads: workers,
    signal,
    onProgress: (progress) => onProgress?.({ ...progress, step: 'merging' }),
  });
  if (failed.length > 0) throw casesFailed(failed, { total: tasks.length });
  const tell = (progress: { file: string; done: number; total: number; step: 'scoring' | DetermineStep }) => {
    const { file, done, total, step } = progress;
    onProgress?.({ caseId: basename(file, '.nii.gz'), done, total, step });
  };
  if (!existsSync(summaryFile)) {
    const pairs = cases.map(({ caseId }) => ({
      test: merged(caseId),
      reference: join(references, `${caseId}.nii.gz`),
    }));
    const onScored = (progress: { file: string; done: number; total: number }) =>
      tell({ ...progress, step: 'scoring' });
    const scored = await evaluateFiles({
      pairs,
      labels,
      regions,
      ignoreLabel,
      workers,
      // Already reported by the validation of each fold.
      grid: { elsewhere: 'warn' },
      signal,
      onProgress: onScored,
    });
    await writeSummary(
      summaryFile,
      stampedSummary(scored, { name: `${task}__${basename(outputFolder)}`, task, ignoreLabel, regions }),
    );
  }
  if (!options.disablePostprocessing && !existsSync(decisionFile)) {
    const { summary } = await determinePostprocessing({
      baseFolder: outputFolder,
      references,
      rawFolder: RAW,
      finalFolder: FINAL,
      workers,
      grid: { elsewhere: 'warn' },
      signal,
      onProgress: tell,
    });
    await nameExperiment(summary, options);
  }
  await writeMadeFrom(outputFolder, sources);
  return await readSummary(summaryFile);
}

/** Returns the cases without a result or with one older than its inputs; or all cases. */
async function mergeTasks(
  cases: readonly ValidatedCase[],
  { raw, read, all }: { raw: string; read: ReadProperties; all: boolean },
): Promise<MergeTask[]> {
  const tasks: MergeTask[] = [];
  for (const { caseId, folders } of cases) {
    const members = folders.map((folder) => join(folder, `${caseId}.npz`));
    const base = join(raw, caseId);
    if (!all && (await areNewer([`${base}.nii.gz`], members))) continue;
    const properties = await Promise.all(folders.map((folder) => read(folder, caseId)));
    const regionClassOrder = commonRegionOrder(properties, caseId);
    tasks.push({ caseId, members, properties: properties[0]!, regionClassOrder, base, saveNpz: false });
  }
  return tasks;
}

/** Whether a summary, if there is one, has the scores of these regions, or of none. */
async function isJudgedBy(summaryFile: string, regions: Regions | undefined): Promise<boolean> {
  return !existsSync(summaryFile) || isDeepStrictEqual(regionsIn(await readSummary(summaryFile)), regions);
}

/** Prefix of the names of references among the sources. */
const REFERENCE = 'reference ';

/** Returns the sources of an ensemble: the validation of each model, and the references. */
async function sourcesOf(cases: readonly ValidatedCase[], references: string): Promise<MadeFrom> {
  const sources: MadeFrom['sources'] = {};
  for (const { caseId, folders } of cases) {
    for (const folder of folders) {
      // The results folder may be moved, so sources are identified by configuration, task, trainer, fold and folder.
      const name = folder.split(sep).slice(-5).join('/');
      sources[name] ??= hashSettings(await readValidationRecord(folder));
    }
    const reference = join(references, `${caseId}.nii.gz`);
    if (existsSync(reference)) sources[REFERENCE + caseId] = await hashFile(reference);
  }
  return { sources };
}

/** Returns the names of sources that differ from the recorded ones; none if nothing was recorded. */
function changesSince(recorded: MadeFrom | null, present: MadeFrom): string[] {
  if (recorded === null) return [];
  const { changed, added, removed } = compareMadeFrom(recorded, present);
  return [...changed, ...added, ...removed];
}

/**
 * Adds the ensemble's name to the postprocessed summary, as v1 does, and keeps a copy with those of other experiments.
 */
async function nameExperiment(summary: Summary, options: EnsembleCrossValidationOptions): Promise<void> {
  const { outputFolder, task, summariesFolder = null } = options;
  const name = basename(outputFolder);
  const text = formatSummary({ ...summary, experiment_name: name } as Summary);
  await writeFileAtomic(join(outputFolder, FINAL, 'summary.json'), text);
  if (summariesFolder === null) return;
  await mkdir(summariesFolder, { recursive: true });
  await writeFileAtomic(join(summariesFolder, `${task}__${name}.json`), text);
}
