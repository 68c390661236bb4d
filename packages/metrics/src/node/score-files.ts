import type { GridNotice, GridNoticeRule } from '@nnunet/volume/internal';
import { type EvaluateCaseOptions, evaluateCase } from '../evaluate-case.ts';
import type { ScoredCase } from '../summary.ts';
import { type FilePair, readPair } from './read-pair.ts';

export interface ScoringOptions extends Pick<EvaluateCaseOptions, 'labels' | 'metrics' | 'surface'> {
  /** How the places of a prediction and its reference are compared. */
  grid?: GridNoticeRule;
}

/** A scored case, and what there is to say of where its files lie. */
export interface ScoredFiles extends ScoredCase {
  notices: GridNotice[];
}

/**
 * Scores one predicted label file against its reference. Surface metrics use the prediction's spacing, as v1's do.
 * Throws 'shape-mismatch', 'other-grid', and what reading the files throws.
 */
export async function scoreFiles(pair: FilePair, options: ScoringOptions = {}): Promise<ScoredFiles> {
  const { grid, ...rest } = options;
  const { test, reference, notices } = await readPair(pair, grid);
  const scores = evaluateCase(test.data, reference.data, { ...rest, shape: test.shape, spacing: test.spacing });
  return { ...pair, scores, notices };
}
