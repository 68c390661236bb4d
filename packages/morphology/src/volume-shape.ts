/** Axes of a mask as (z, y, x); a 2D mask has one slice and no neighbours across it. */
export interface MaskShape {
  readonly nz: number;
  readonly ny: number;
  readonly nx: number;
  readonly flat: boolean;
}

/** @param shape (z, y, x) or (y, x) */
export function maskShape(shape: readonly number[]): MaskShape {
  const flat = shape.length === 2;
  const [nz, ny, nx] = flat ? [1, ...shape] : shape;
  return { nz: nz!, ny: ny!, nx: nx!, flat };
}
