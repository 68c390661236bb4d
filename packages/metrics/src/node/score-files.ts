import { type EvaluateCaseOptions, evaluateCase } from '../evaluate-case.ts';
import type { ScoredCase } from '../summary.ts';
import { type FilePair, readPair } from './read-pair.ts';

export type ScoringOptions = Pick<EvaluateCaseOptions, 'labels' | 'metrics' | 'surface'>;

/**
 * Scores one predicted label file against its reference. Surface metrics use the prediction's spacing, as v1's do.
 * Throws 'shape-mismatch', and what reading the files throws.
 */
export async function scoreFiles(pair: FilePair, options: ScoringOptions = {}): Promise<ScoredCase> {
  const { test, reference } = await readPair(pair);
  const scores = evaluateCase(test.data, reference.data, { ...options, shape: test.shape, spacing: test.spacing });
  return { ...pair, scores };
}
