/**
 * Appends one channel per class to an image: 1 where the label is that class. This is how a cascade's second stage
 * receives the result of the first.
 *
 * @param data (channels, voxels)
 * @param labels one per voxel
 * @param classes in the order of the new channels
 */
export function appendOneHot(data: Float32Array, labels: ArrayLike<number>, classes: readonly number[]): Float32Array {
  const voxels = labels.length;
  const out = new Float32Array(data.length + classes.length * voxels);
  out.set(data);
  classes.forEach((label, c) => {
    const start = data.length + c * voxels;
    for (let v = 0; v < voxels; v++) if (labels[v] === label) out[start + v] = 1;
  });
  return out;
}
