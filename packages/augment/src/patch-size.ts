/** Maximum rotations (rad) and minimum scale that a loader patch must accommodate. */
export interface PatchEnlargement {
  /** Size of the final patch in voxels, (z, y, x) or (y, x). */
  patchSize: readonly number[];
  /**
   * Maximum absolute angle in rad about axes 0, 1 and 2; 2D patches use only the first. Angles beyond 90° count as 90°.
   */
  rotation: readonly number[];
  /** Minimum scale factor. */
  smallestScale: number;
}

/**
 * Returns the size of the loader patch such that rotation and scaling rarely reach beyond its border (v1:
 * default_data_augmentation.py, get_patch_size). Each rotation axis is considered separately; the result is truncated
 * to integers. With `dummy2D`, only the axes after the first are enlarged, by the 2D rule.
 */
export function enlargedPatchSize({ patchSize, rotation, smallestScale }: PatchEnlargement, dummy2D = false): number[] {
  if (dummy2D) return [patchSize[0]!, ...enlargedPatchSize({ patchSize: patchSize.slice(1), rotation, smallestScale })];
  const size = [...patchSize];
  const angles = patchSize.length === 2 ? [rotation[0]!] : rotation.slice(0, 3);
  angles.forEach((angle, axis) => {
    const capped = Math.min(Math.PI / 2, Math.abs(angle));
    const rotated = rotateRow(patchSize, axis, capped);
    for (let d = 0; d < size.length; d++) size[d] = Math.max(size[d]!, Math.abs(rotated[d]!));
  });
  return size.map((n) => Math.trunc(n / smallestScale));
}

/** Multiplies a row vector by the rotation by `angle` about one array axis; in 2D there is a single rotation. */
function rotateRow(v: readonly number[], axis: number, angle: number): number[] {
  const m = rotationMatrix(v.length, axis, angle);
  return v.map((_, j) => v.reduce((sum, value, i) => sum + value * m[i]![j]!, 0));
}

/** Rotation about one array axis, for row vectors: v' = v·R (v1: batchgenerators' create_matrix_rotation_*). */
export function rotationMatrix(dimension: number, axis: number, angle: number): number[][] {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  if (dimension === 2) {
    return [
      [c, -s],
      [s, c],
    ];
  }
  if (axis === 0) {
    return [
      [1, 0, 0],
      [0, c, -s],
      [0, s, c],
    ];
  }
  if (axis === 1) {
    return [
      [c, 0, s],
      [0, 1, 0],
      [-s, 0, c],
    ];
  }
  return [
    [c, -s, 0],
    [s, c, 0],
    [0, 0, 1],
  ];
}
