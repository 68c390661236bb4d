import { NnUNetError } from '@nnunet/errors';
import { readLabels } from '@nnunet/volume/node';
import { type EvaluateCaseOptions, evaluateCase } from '../evaluate-case.ts';
import type { ScoredCase } from '../summary.ts';

/** A predicted label file and its reference. */
export interface FilePair {
  test: string;
  reference: string;
}

export type ScoringOptions = Pick<EvaluateCaseOptions, 'labels' | 'metrics' | 'surface'>;

/**
 * Scores one predicted label file against its reference. Surface metrics use the prediction's spacing, as v1's do.
 * Throws 'shape-mismatch', and what reading the files throws.
 */
export async function scoreFiles(pair: FilePair, options: ScoringOptions = {}): Promise<ScoredCase> {
  const test = await readLabels(pair.test);
  const reference = await readLabels(pair.reference);
  if (test.shape.some((edge, axis) => edge !== reference.shape[axis])) {
    throw new NnUNetError('shape-mismatch', {
      what: `has ${test.shape.join(' x ')} voxels (z, y, x), its reference ${pair.reference} ${reference.shape.join(' x ')}`,
      where: pair.test,
      remedy: 'Predict the original image of this case, or compare with the labels that belong to it.',
    });
  }
  const scores = evaluateCase(test.data, reference.data, { ...options, shape: test.shape, spacing: test.spacing });
  return { ...pair, scores };
}
