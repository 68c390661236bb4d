import type { Geometry } from './volume.ts';

/**
 * For each file axis (x, y, z) the direction in the patient that its index grows towards, e.g. 'RAS': Right or Left,
 * Anterior or Posterior, Superior or Inferior. Oblique axes count for the nearest direction, the clearest first, no
 * direction twice (as nibabel's aff2axcodes).
 */
export function axisCodes({ direction }: Geometry): string {
  const codes = ['?', '?', '?'];
  const worlds = new Set([0, 1, 2]);
  const components = direction.map((value, i) => ({ value, axis: i % 3, world: Math.floor(i / 3) }));
  components.sort((p, q) => Math.abs(q.value) - Math.abs(p.value) || p.axis - q.axis || p.world - q.world);
  for (const { value, axis, world } of components) {
    if (codes[axis] !== '?' || !worlds.delete(world)) continue;
    // LPS: a positive component points to the left, to the back, upwards
    codes[axis] = (value > 0 ? 'LPS' : 'RAI').charAt(world);
  }
  return codes.join('');
}
