/** A shape by which masks are dilated and eroded, as segments along x: voxels (dz, dy, low … high) from its centre. */
export interface StructuringElement {
  readonly segments: readonly { dz: number; dy: number; low: number; high: number }[];
}

/**
 * A ball of real radius: ⌊2r + 1⌋ points per axis, equally spaced from −r to r, set where their squared distance is at
 * most r². Sizes may be even; the centre is point n div 2. Origin: scikit-image's `ball`, which v1's cascade
 * augmentation calls with radii that are no whole numbers.
 */
export function ball(radius: number): StructuringElement {
  const n = Math.floor(2 * radius + 1);
  const centre = Math.floor(n / 2);
  // in NumPy's order of operations: whether the ends count as within the radius hangs on the last bit
  const step = n === 1 ? 1 : (2 * radius) / (n - 1);
  const position = (i: number) => i * step - radius;
  const segments: { dz: number; dy: number; low: number; high: number }[] = [];
  for (let z = 0; z < n; z++) {
    for (let y = 0; y < n; y++) {
      let low = n;
      let high = -1;
      for (let x = 0; x < n; x++) {
        if (position(z) ** 2 + position(y) ** 2 + position(x) ** 2 > radius * radius) continue;
        low = Math.min(low, x);
        high = x;
      }
      if (high >= 0) segments.push({ dz: z - centre, dy: y - centre, low: low - centre, high: high - centre });
    }
  }
  return { segments };
}

/** The centre and its face neighbours: 7 voxels in 3D, 5 with `flat`. */
export function cross(flat = false): StructuringElement {
  const point = (dz: number, dy: number) => ({ dz, dy, low: 0, high: 0 });
  const plane = [point(0, -1), { dz: 0, dy: 0, low: -1, high: 1 }, point(0, 1)];
  return { segments: flat ? plane : [point(-1, 0), ...plane, point(1, 0)] };
}
