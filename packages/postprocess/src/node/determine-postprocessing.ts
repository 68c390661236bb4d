import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import type { Summary, SummaryFormat } from '@nnunet/metrics';
import { judgedClasses, regionsIn, scoredLabels } from '@nnunet/metrics/internal';
import { readSummary, writeSummary } from '@nnunet/metrics/node';
import { labelFiles, stampedSummary } from '@nnunet/metrics/node/internal';
import { FILE_NAMES } from '@nnunet/schema/internal';
import { type GridNotice, type GridNoticeRule, withOneNote } from '@nnunet/volume/internal';
import { collectOutcome, decideBy, type PostprocessingDecision } from '../decide-postprocessing.ts';
import { NO_POSTPROCESSING } from '../rule.ts';
import { CasePool, type CasePoolOptions, type CaseProgress } from './case-pool.ts';
import type { LabelTask } from './postprocess-case.ts';
import { writePostprocessing } from './postprocessing-file.ts';

/** The current step, in order. */
export type DetermineStep = 'trying components' | 'applying the decision';

export interface DetermineOptions extends Omit<CasePoolOptions, 'onProgress'>, SummaryFormat {
  /** Contains the folders of predictions; postprocessing.json is written here. */
  baseFolder: string;
  /** Folder of the reference label files. */
  references: string;
  /** Sub-folder with the predictions and their `summary.json`. Default: 'validation_raw'. */
  rawFolder?: string;
  /** Sub-folder for the result. Default: 'validation_final'. */
  finalFolder?: string;
  /** Name of the file written to `baseFolder`. Default: 'postprocessing.json'. */
  fileName?: string;
  /** v1's advanced_postprocessing: keep components that are large enough. Default: false. */
  advanced?: boolean;
  /** How the positions of predictions and references are compared. */
  grid?: GridNoticeRule;
  onProgress?: (progress: CaseProgress & { step: DetermineStep }) => void;
  /** Called at the end about references that lie slightly off their predictions. */
  onNotice?: (notice: GridNotice) => void;
}

export interface DeterminedPostprocessing extends PostprocessingDecision {
  /** Scores of the final folder. */
  summary: Summary;
}

/**
 * Decides, from predictions with known references, which components to remove. Writes the postprocessed label files and
 * their `summary.json` to the final folder, and last the decision to postprocessing.json. The raw folder must contain a
 * `summary.json`: what it is judged by, labels except 0 or regions, is what is processed.
 * Origin: v1's connected_components.py determine_postprocessing, but nothing is written for the trials.
 *
 * @throws NnUNetError 'missing-file', 'missing-references', 'bad-summary'; 'cases-failed' naming the files that cannot
 * be read or whose shape or position differs from the reference
 */
export async function determinePostprocessing(options: DetermineOptions): Promise<DeterminedPostprocessing> {
  const { baseFolder, references, rawFolder = FILE_NAMES.validation, finalFolder = 'validation_final' } = options;
  const { advanced, bareNaN, workers, signal, onProgress, grid, fileName = FILE_NAMES.postprocessing } = options;
  const raw = join(baseFolder, rawFolder);
  const before = await readSummary(join(raw, 'summary.json'));
  const classes = judgedClasses(before);
  const scoring = { regions: regionsIn(before), ignoreLabel: before.ignore_label };
  const names = await labelFiles(raw);
  await checkReferences(names, references);
  let step: DetermineStep = 'trying components';
  const pool = new CasePool({
    workers,
    signal,
    onProgress: (progress) => onProgress?.({ ...progress, step }),
  });
  const tasks = (rules: Pick<LabelTask, 'before' | 'after'>, outFolder: string | null): LabelTask[] =>
    names.map((name) => ({
      ...rules,
      input: join(raw, name),
      output: outFolder === null ? null : join(outFolder, name),
      reference: join(references, name),
      labels: scoredLabels(before),
      ...scoring,
      grid,
    }));
  try {
    const decision = await decideBy({
      classes,
      raw: Object.fromEntries(classes.map(({ key, mean }) => [key, mean.Dice ?? Number.NaN])),
      advanced,
      measure: async (trial) => collectOutcome(await pool.run(tasks(trial, null))),
    });
    step = 'applying the decision';
    const final = join(baseFolder, finalFolder);
    await mkdir(final, { recursive: true });
    const done = tasks({ before: NO_POSTPROCESSING, after: decision.rule }, final);
    const outcomes = await pool.run(done);
    for (const notice of withOneNote(outcomes.flatMap(({ notices }) => notices))) options.onNotice?.(notice);
    const cases = done.map(({ output, reference }, i) => ({
      test: output!,
      reference: reference!,
      scores: outcomes[i]!.scores,
      regions: outcomes[i]!.regions,
    }));
    const summary = stampedSummary(cases, scoring);
    await writeSummary(join(final, 'summary.json'), summary, { bareNaN });
    const origin = { cases: before.results.all.length, rawFolder, finalFolder };
    await writePostprocessing(join(baseFolder, fileName), decision, origin);
    return { ...decision, summary };
  } finally {
    await pool.close();
  }
}

async function checkReferences(names: readonly string[], folder: string): Promise<void> {
  const known = new Set(await labelFiles(folder));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length === 0 && names.length > 0) return;
  throw new NnUNetError('missing-references', {
    what: names.length === 0 ? 'there are no predictions to compare with' : `no reference for ${listed(unknown)}`,
    where: folder,
    remedy: 'Give the folder with the reference labels of all predictions.',
  });
}
