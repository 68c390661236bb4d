/** A label, or several labels that count as one object class. */
export type Entry = number | readonly number[];

/** What is done to a segmentation: entries in their order, each on the result of the one before. */
export interface PostprocessingRule {
  readonly entries: readonly Entry[];
  /**
   * Per entry the size in mm³ from which on components are left in place; null for an entry, or in place of the list,
   * takes out everything but the largest.
   */
  readonly minimumSizes: readonly (number | null)[] | null;
}

/** A rule that changes nothing. */
export const NO_POSTPROCESSING: PostprocessingRule = { entries: [], minimumSizes: null };

/** The labels of an entry. */
export function labelsOfEntry(entry: Entry): readonly number[] {
  return typeof entry === 'number' ? [entry] : entry;
}
