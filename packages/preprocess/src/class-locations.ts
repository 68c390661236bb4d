import type { ClassLocations } from '@nnunet/schema';
import { numpyRandom } from '@nnunet/tensor';

const SEED = 1234;
const AT_LEAST = 10000;
const SHARE = 0.01;

/**
 * Samples the voxels from which training draws foreground patches: up to 10000 per class, or 1 % of the class if that
 * is more. They are drawn with NumPy's generator, as in v1 (preprocessing.py, _run_internal), so the same case yields
 * the same voxels in the same order.
 *
 * @param segmentation (z, y, x)
 * @param classes foreground labels, in the order of the plans
 */
export function sampleClassLocations(
  segmentation: Float32Array,
  shape: readonly number[],
  classes: readonly number[],
): ClassLocations {
  const random = numpyRandom(SEED);
  const positions = positionsOf(segmentation, classes);
  const plane = shape[1]! * shape[2]!;
  const locations: ClassLocations = {};
  classes.forEach((label, c) => {
    const all = positions[c]!;
    const count = all.length === 0 ? 0 : Math.max(Math.min(AT_LEAST, all.length), Math.ceil(SHARE * all.length));
    const drawn = new Int32Array(3 * count);
    const order = count === 0 ? new Int32Array(0) : random.shuffle(all.length);
    for (let i = 0; i < count; i++) {
      const at = all[order[i]!]!;
      drawn[3 * i] = Math.floor(at / plane);
      drawn[3 * i + 1] = Math.floor((at % plane) / shape[2]!);
      drawn[3 * i + 2] = at % shape[2]!;
    }
    locations[label] = drawn;
  });
  return locations;
}

/** Flat voxel indices of each class, in ascending order. */
function positionsOf(segmentation: Float32Array, classes: readonly number[]): Int32Array[] {
  const slots = slotTable(classes);
  const counts = new Int32Array(classes.length + 1);
  for (let i = 0; i < segmentation.length; i++) {
    const label = segmentation[i]!;
    if (label > 0) counts[slots[label] ?? 0]!++;
  }
  const positions = classes.map((_, c) => new Int32Array(counts[c + 1]!));
  counts.fill(0);
  for (let i = 0; i < segmentation.length; i++) {
    const label = segmentation[i]!;
    if (!(label > 0)) continue;
    const slot = slots[label] ?? 0;
    if (slot !== 0) positions[slot - 1]![counts[slot]!++] = i;
  }
  return positions;
}

/** Maps each label to its position in `classes` plus one, and all other labels to 0. Labels are positive. */
function slotTable(classes: readonly number[]): Int32Array {
  const slots = new Int32Array(Math.max(0, ...classes) + 1);
  classes.forEach((label, c) => {
    slots[label] = c + 1;
  });
  return slots;
}
