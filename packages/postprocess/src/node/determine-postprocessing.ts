import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import type { Summary, SummaryFormat } from '@nnunet/metrics';
import { scoredLabels } from '@nnunet/metrics/internal';
import { readSummary, writeSummary } from '@nnunet/metrics/node';
import { labelFiles, stampedSummary } from '@nnunet/metrics/node/internal';
import { FILE_NAMES } from '@nnunet/schema/internal';
import { type GridNotice, type GridNoticeRule, withOneNote } from '@nnunet/volume/internal';
import { collectOutcome, decideBy, diceOnly, type PostprocessingDecision } from '../decide-postprocessing.ts';
import { NO_POSTPROCESSING } from '../rule.ts';
import { CasePool, type CasePoolOptions, type CaseProgress } from './case-pool.ts';
import type { LabelTask } from './postprocess-case.ts';
import { writePostprocessing } from './postprocessing-file.ts';

/** What is being done, in its order. */
export type DetermineStep = 'trying components' | 'applying the decision';

export interface DetermineOptions extends Omit<CasePoolOptions, 'onProgress'>, SummaryFormat {
  /** Holds the folders of predictions; postprocessing.json is written here. */
  baseFolder: string;
  /** Folder of the reference label files. */
  references: string;
  /** Sub-folder of the predictions and their `summary.json`; 'validation_raw'. */
  rawFolder?: string;
  /** Sub-folder that the result goes to; 'validation_final'. */
  finalFolder?: string;
  /** Name of the file written to `baseFolder`; 'postprocessing.json'. */
  fileName?: string;
  /** v1's advanced_postprocessing: components that are large enough stay. */
  advanced?: boolean;
  /** How the places of predictions and references are compared. */
  grid?: GridNoticeRule;
  onProgress?: (progress: CaseProgress & { step: DetermineStep }) => void;
  /** At the end: of references that lie a little beside. */
  onNotice?: (notice: GridNotice) => void;
}

export interface DeterminedPostprocessing extends PostprocessingDecision {
  /** Scores of the final folder. */
  summary: Summary;
}

/**
 * Decides on predictions with known references which components to remove, writes the postprocessed label files with
 * their `summary.json` to the final folder, and the decision to postprocessing.json, which comes last. The raw folder
 * must hold its `summary.json`, whose labels (0 left out) are the ones that are worked on.
 * Origin: v1's connected_components.py determine_postprocessing; nothing is written for the trials.
 *
 * @throws NnUNetError 'missing-file', 'missing-references', 'bad-summary'; 'cases-failed' naming
 * the files that cannot be read, or that are not of the size or at the place of their reference
 */
export async function determinePostprocessing(options: DetermineOptions): Promise<DeterminedPostprocessing> {
  const { baseFolder, references, rawFolder = 'validation_raw', finalFolder = 'validation_final' } = options;
  const { advanced, bareNaN, workers, signal, onProgress, grid, fileName = FILE_NAMES.postprocessing } = options;
  const raw = join(baseFolder, rawFolder);
  const before = await readSummary(join(raw, 'summary.json'));
  const labels = scoredLabels(before);
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
      labels,
      grid,
    }));
  try {
    const decision = await decideBy({
      labels,
      raw: diceOnly(before.results.mean),
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
    }));
    const summary = stampedSummary(cases, {});
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
