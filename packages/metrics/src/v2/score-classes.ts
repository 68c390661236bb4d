import { NnUNetError } from '@nnunet/errors';
import type { LabelNumbers } from '../confusion.ts';
import { type ClassV2, classKeyV2 } from './class-keys.ts';

/** The metrics of v2's summary.json: `Dice` and `IoU` are NaN for a class in neither map, all others numbers of voxels. */
export const METRICS_V2 = ['Dice', 'FN', 'FP', 'IoU', 'TN', 'TP', 'n_pred', 'n_ref'] as const;

/** Metrics that are ratios and not counts. */
export const RATIOS_V2: ReadonlySet<string> = new Set(['Dice', 'IoU']);

export type ScoresV2 = Record<(typeof METRICS_V2)[number], number>;

/** What is scored. */
export interface ScoredClassesV2 {
  classes: readonly ClassV2[];
  /** Voxels whose reference has this value count nowhere. Default: none. */
  ignore?: number | null | undefined;
}

/**
 * Scores a predicted label map against its reference, per class. Regions may overlap.
 * Origin: `compute_metrics` of v2's evaluation/evaluate_predictions.py.
 *
 * @returns by the keys of the classes
 * @throws NnUNetError 'shape-mismatch' if the maps differ in length
 */
export function scoreClassesV2(
  test: LabelNumbers,
  reference: LabelNumbers,
  { classes, ignore = null }: ScoredClassesV2,
): Record<string, ScoresV2> {
  const pairs = countPairs(test, reference).filter(([, ref]) => ref !== ignore);
  return Object.fromEntries(classes.map((one) => [classKeyV2(one), scoresOf(pairs, new Set([one].flat()))]));
}

/** Voxels with a value in the prediction and a value in the reference. */
type Pair = readonly [test: number, reference: number, voxels: number];

function scoresOf(pairs: readonly Pair[], values: ReadonlySet<number>): ScoresV2 {
  const counts = { TP: 0, FP: 0, FN: 0, TN: 0 };
  for (const [test, reference, voxels] of pairs) {
    const right = values.has(test) === values.has(reference);
    counts[`${right ? 'T' : 'F'}${values.has(test) ? 'P' : 'N'}`] += voxels;
  }
  const { TP, FP, FN } = counts;
  return {
    Dice: (2 * TP) / (2 * TP + FP + FN),
    IoU: TP / (TP + FP + FN),
    ...counts,
    n_pred: FP + TP,
    n_ref: FN + TP,
  };
}

/** Counts all pairs of values in one pass; equal voxels in a row are counted together. */
function countPairs(test: LabelNumbers, reference: LabelNumbers): Pair[] {
  if (test.length !== reference.length) {
    throw new NnUNetError('shape-mismatch', {
      what: `prediction and reference have different sizes: ${test.length} and ${reference.length} voxels`,
      remedy: 'Compare label maps of the same image, at the same resolution.',
    });
  }
  const counts = new Map<number, Map<number, number>>();
  for (let i = 0; i < test.length; ) {
    const [a, b, start] = [test[i]!, reference[i]!, i];
    do i++;
    while (i < test.length && test[i] === a && reference[i] === b);
    const row = counts.get(a) ?? new Map<number, number>();
    counts.set(a, row.set(b, (row.get(b) ?? 0) + i - start));
  }
  return [...counts].flatMap(([a, row]) => [...row].map(([b, voxels]): Pair => [a, b, voxels]));
}
