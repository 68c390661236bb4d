/** Returns the values that occur in a label map, in the order of their first voxels. */
export function labelValues(labels: Iterable<number>): Set<number> {
  const found = new Set<number>();
  let last: number | undefined;
  for (const value of labels) {
    // Neighbours are mostly equal, and a set is slow.
    if (value !== last) found.add(value);
    last = value;
  }
  return found;
}
