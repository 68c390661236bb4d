import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { evaluateCase, type Regions, type ScoredCase } from '@nnunet/metrics';
import { scoreRegions } from '@nnunet/metrics/internal';
import { comparePair } from '@nnunet/metrics/node/internal';
import type { GridNotice, GridNoticeRule } from '@nnunet/volume/internal';
import { readLabels, writeVolume } from '@nnunet/volume/node';
import { applyPostprocessing, type ObjectSizes, removeAllButLargest } from '../remove-components.ts';
import type { PostprocessingRule } from '../rule.ts';

/** Postprocessing of one label file. Plain data that can be sent to a thread. */
export interface LabelTask {
  /** The predicted label file. */
  input: string;
  /** Applied first. */
  before: PostprocessingRule;
  /** Applied second; its component sizes are reported. */
  after: PostprocessingRule;
  /** Path of the result; null writes nothing. */
  output: string | null;
  /** Label file to score the result against; null skips scoring. */
  reference: string | null;
  /** Labels to score. */
  labels: readonly number[];
  /** Regions to score too, by name. Default: none. */
  regions?: Regions | undefined;
  /** Value of the reference's voxels that count nowhere. Default: none. */
  ignoreLabel?: number | undefined;
  /** How the positions of the result and its reference are compared. */
  grid?: GridNoticeRule;
}

/** Without a reference, scores are empty. */
export interface CaseOutcome extends Pick<ScoredCase, 'scores' | 'regions'> {
  sizes: ObjectSizes[];
  /** About a reference that lies slightly off. */
  notices: GridNotice[];
}

/**
 * Reads, postprocesses, writes and scores one label file. The result keeps the input's geometry bit for bit.
 *
 * @throws NnUNetError 'shape-mismatch', 'other-grid', 'bad-rule', and any error from reading and writing
 */
export async function postprocessCase(task: LabelTask): Promise<CaseOutcome> {
  const { input, before, after, output, reference, labels, regions, ignoreLabel, grid } = task;
  const prediction = applyPostprocessing(await readLabels(input), before);
  // Before anything is written.
  const expected = reference === null ? null : await readLabels(reference);
  const notices =
    expected === null
      ? []
      : comparePair({ test: input, reference: reference! }, { test: prediction, reference: expected }, grid);
  const { shape, spacing } = prediction;
  const { labels: data, sizes } = removeAllButLargest(prediction.data, { shape, spacing, ...after });
  if (output !== null) {
    await mkdir(dirname(output), { recursive: true });
    await writeVolume(output, { ...prediction, data });
  }
  if (expected === null) return { scores: {}, sizes, notices };
  return {
    scores: evaluateCase(data, expected.data, { labels, ignoreLabel }),
    ...(regions && { regions: scoreRegions(data, expected.data, regions, { ignoreLabel }) }),
    sizes,
    notices,
  };
}
