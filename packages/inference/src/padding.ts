/** The size after padding, and the position of the image within it. */
export interface Padding {
  /** Voxels per axis after padding. */
  readonly shape: number[];
  /** Per axis, [first, end) of the image within the padded array. */
  readonly where: [number, number][];
}

/**
 * Returns how an image is padded to at least the size of a patch: half of the missing voxels (rounded down) before, the
 * rest after.
 *
 * @param shape voxels per axis of the image
 * @param patchSize minimum number of voxels per axis
 * @param divisor if given, the result is rounded up to a multiple of it
 *
 * Origin: batchgenerators' `pad_nd_image`.
 */
export function padToPatch(
  shape: readonly number[],
  patchSize: readonly number[],
  divisor?: readonly number[] | null,
): Padding {
  const padded = shape.map((size, axis) => {
    const wanted = Math.max(size, patchSize[axis]!);
    const d = divisor?.[axis] ?? 1;
    return Math.ceil(wanted / d) * d;
  });
  const where = shape.map((size, axis): [number, number] => {
    const below = Math.floor((padded[axis]! - size) / 2);
    return [below, below + size];
  });
  return { shape: padded, where };
}
