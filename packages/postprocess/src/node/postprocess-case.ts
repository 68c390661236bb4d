import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { evaluateCase, type Scores } from '@nnunet/metrics';
import { readLabels, writeVolume } from '@nnunet/volume/node';
import { applyPostprocessing } from '../apply-postprocessing.ts';
import { type ObjectSizes, removeAllButLargest } from '../remove-components.ts';
import type { PostprocessingRule } from '../rule.ts';

/** Postprocessing of one label file. Plain data, so that it can be sent to a thread. */
export interface CaseTask {
  /** The predicted label file. */
  input: string;
  /** Done first. */
  before: PostprocessingRule;
  /** Done then; its component sizes are reported. */
  after: PostprocessingRule;
  /** Where the result goes; nowhere when null. */
  output: string | null;
  /** Label file to score the result against; not scored when null. */
  reference: string | null;
  /** Labels to score. */
  labels: readonly number[];
}

export interface CaseOutcome {
  /** Label to metrics; empty without a reference. */
  scores: Record<string, Scores>;
  sizes: ObjectSizes[];
}

/**
 * Reads, postprocesses, writes and scores one label file. The result keeps the geometry of the input bit for bit.
 *
 * @throws NnUNetError 'shape-mismatch', 'bad-rule', and what reading and writing throws
 */
export async function postprocessCase(task: CaseTask): Promise<CaseOutcome> {
  const { input, before, after, output, reference, labels } = task;
  const prediction = applyPostprocessing(await readLabels(input), before);
  const { shape, spacing } = prediction;
  const { labels: data, sizes } = removeAllButLargest(prediction.data, { shape, spacing, ...after });
  if (output !== null) {
    await mkdir(dirname(output), { recursive: true });
    await writeVolume(output, { ...prediction, data });
  }
  if (reference === null) return { scores: {}, sizes };
  const expected = await readLabels(reference);
  if (expected.shape.some((edge, axis) => edge !== shape[axis])) {
    throw new NnUNetError('shape-mismatch', {
      what: `has ${shape.join(' x ')} voxels (z, y, x), its reference ${reference} ${expected.shape.join(' x ')}`,
      where: input,
      remedy: 'Predict the original image of this case, or compare with the labels that belong to it.',
    });
  }
  return { scores: evaluateCase(data, expected.data, { labels }), sizes };
}
