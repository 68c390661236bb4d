import type { Geometry } from './volume.ts';

/**
 * Returns, for each file axis (x, y, z), the patient direction in which its index increases, e.g. 'RAS': Right or Left,
 * Anterior or Posterior, Superior or Inferior. Oblique axes get the nearest direction, the clearest first, and no
 * direction is used twice (like nibabel's aff2axcodes).
 */
export function axisCodes({ direction }: Geometry): string {
  const codes = ['?', '?', '?'];
  const worlds = new Set([0, 1, 2]);
  const components = direction.map((value, i) => ({ value, axis: i % 3, world: Math.floor(i / 3) }));
  components.sort((p, q) => Math.abs(q.value) - Math.abs(p.value) || p.axis - q.axis || p.world - q.world);
  for (const { value, axis, world } of components) {
    if (codes[axis] !== '?' || !worlds.delete(world)) continue;
    // In LPS, a positive component points to the left, to the back or upwards.
    codes[axis] = (value > 0 ? 'LPS' : 'RAI').charAt(world);
  }
  return codes.join('');
}
