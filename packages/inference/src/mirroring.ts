/**
 * Returns the mirrored versions in which a tile is predicted: every subset of the axes, the last axis changing fastest
 * (for three axes: none, 2, 1, 12, 0, 02, 01, 012).
 *
 * @param axes axes of the patch that may be mirrored, ascending; an empty list gives only the plain version
 * @returns the axes to flip, per version
 *
 * Origin: v1's `_internal_maybe_mirror_and_pred_3D`.
 */
export function mirrorVersions(axes: readonly number[]): number[][] {
  const versions: number[][] = [];
  for (let pattern = 0; pattern < 1 << axes.length; pattern++)
    versions.push(axes.filter((_, i) => (pattern >> (axes.length - 1 - i)) & 1));
  return versions;
}
