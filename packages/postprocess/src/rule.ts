/** A label, or several labels that count as one object class. */
export type Entry = number | readonly number[];

/** Postprocessing of a segmentation: entries in order, each applied to the result of the previous one. */
export interface PostprocessingRule {
  readonly entries: readonly Entry[];
  /**
   * Per entry, the size in mm³ from which components are kept. null, for an entry or for the whole list, removes all
   * but the largest component.
   */
  readonly minimumSizes: readonly (number | null)[] | null;
  /**
   * Whether voxels that share only an edge or a corner are connected too, as in nnU-Net v2. Default: they share a face,
   * as in v1.
   */
  readonly diagonal?: boolean;
}

/** A rule that changes nothing. */
export const NO_POSTPROCESSING: PostprocessingRule = { entries: [], minimumSizes: null };

/** Returns the labels of an entry. */
export function labelsOfEntry(entry: Entry): readonly number[] {
  return typeof entry === 'number' ? [entry] : entry;
}
