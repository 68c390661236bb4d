import { type Confusion, countConfusion, type LabelNumbers } from './confusion.ts';

/**
 * Returns a prediction that has the ignore label wherever its reference has it, so that these voxels belong to no other
 * label in either map; the prediction itself if there are none.
 *
 * @param ignoreLabel value of the reference's voxels that nobody annotated; undefined for none
 */
export function withoutIgnored<T extends LabelNumbers>(
  test: T,
  reference: LabelNumbers,
  ignoreLabel: number | undefined,
): { test: T; ignored: number } {
  let ignored = 0;
  if (ignoreLabel !== undefined) for (const value of reference) if (value === ignoreLabel) ignored++;
  if (ignored === 0 || test.length !== reference.length) return { test, ignored };
  const masked = test.slice() as T;
  for (let i = 0; i < masked.length; i++) if (reference[i] === ignoreLabel) masked[i] = ignoreLabel!;
  return { test: masked, ignored };
}

/** As `countConfusion`, without the voxels that {@link withoutIgnored} marks. */
export function countAnnotated(
  test: LabelNumbers,
  reference: LabelNumbers,
  labels: readonly number[],
  ignoreLabel: number | undefined,
): Confusion[] {
  const { test: masked, ignored } = withoutIgnored(test, reference, ignoreLabel);
  return countConfusion(masked, reference, labels).map((counts) => ({ ...counts, tn: counts.tn - ignored }));
}
