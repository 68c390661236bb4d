import type { Geometry } from './volume.ts';

/**
 * For each file axis (x, y, z) the direction in the patient that its index grows towards, e.g. 'RAS': Right or Left,
 * Anterior or Posterior, Superior or Inferior. Oblique axes count for the nearest direction, the clearest first, no
 * direction twice (as nibabel's aff2axcodes).
 */
export function axisCodes({ direction }: Geometry): string {
  const codes = ['?', '?', '?'];
  const axes = new Set([0, 1, 2]);
  const worlds = new Set([0, 1, 2]);
  while (axes.size > 0) {
    let best = { axis: 0, world: 0, size: -1 };
    for (const axis of axes) {
      for (const world of worlds) {
        const size = Math.abs(direction[3 * world + axis]);
        if (size > best.size) best = { axis, world, size };
      }
    }
    // LPS: a positive component points to the left, to the back, upwards
    const positive = direction[3 * best.world + best.axis] > 0;
    codes[best.axis] = (positive ? 'LPS' : 'RAI')[best.world];
    axes.delete(best.axis);
    worlds.delete(best.world);
  }
  return codes.join('');
}
