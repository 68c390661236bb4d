import type { LabelNumbers } from './confusion.ts';
import { type EvaluateCaseOptions, evaluateCase, type Scores } from './evaluate-case.ts';

/** Region names and the labels that each region comprises, e.g. `{ 'whole tumor': [1, 2, 3] }`. */
export type Regions = Readonly<Record<string, readonly number[]>>;

const [OUTSIDE, INSIDE, IGNORED] = [0, 1, 2];

/**
 * Scores a predicted label map against its reference, per region. Regions may overlap: each is scored as a label by itself.
 *
 * @returns by the names of the regions
 * @throws as `evaluateCase`
 */
export function scoreRegions(
  test: LabelNumbers,
  reference: LabelNumbers,
  regions: Regions,
  { ignoreLabel, ...options }: Omit<EvaluateCaseOptions, 'labels' | 'labelTolerances'>,
): Record<string, Scores> {
  return Object.fromEntries(
    Object.entries(regions).map(([name, labels]) => {
      const members = new Set(labels);
      const marked = (map: LabelNumbers, ignored?: number) =>
        Uint8Array.from(map as ArrayLike<number>, (value) =>
          value === ignored ? IGNORED : members.has(value) ? INSIDE : OUTSIDE,
        );
      const scores = evaluateCase(marked(test), marked(reference, ignoreLabel), {
        ...options,
        labels: [INSIDE],
        ignoreLabel: IGNORED,
      });
      return [name, scores[INSIDE]!];
    }),
  );
}
