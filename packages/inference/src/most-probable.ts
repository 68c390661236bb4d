/** Returns the index of the greatest probability of each voxel, the lowest index on ties. @param data (classes, …) */
export function mostProbable(data: Float32Array, classes: number): Uint8Array {
  const voxels = data.length / classes;
  const labels = new Uint8Array(voxels);
  const best = data.slice(0, voxels);
  for (let c = 1; c < classes; c++) {
    const start = c * voxels;
    for (let v = 0; v < voxels; v++) {
      if (data[start + v]! > best[v]!) {
        best[v] = data[start + v]!;
        labels[v] = c;
      }
    }
  }
  return labels;
}
