import type { ClassLocations } from '@nnunet/schema';
import { numpyRandom } from '@nnunet/tensor';

const SEED = 1234;
const AT_LEAST = 10000;
const SHARE = 0.01;

/**
 * Samples the voxels from which training draws foreground patches: up to 10000 per class, or 1 % of the class if that
 * is more. They are drawn with NumPy's generator, as in v1 (preprocessing.py, _run_internal) and v2
 * (default_preprocessor.py, _sample_foreground_locations), so the same case yields the same voxels in the same order.
 *
 * @param segmentation (z, y, x)
 * @param classes foreground labels in the order of the plans; in v2 also regions, as lists of labels. The key of a region
 * is its labels, joined by commas
 */
export function sampleClassLocations(
  segmentation: Float32Array,
  shape: readonly number[],
  classes: readonly (number | readonly number[])[],
): ClassLocations {
  const random = numpyRandom(SEED);
  const positions = positionsOf(segmentation, new Set(classes.flat()));
  const plane = shape[1]! * shape[2]!;
  const locations: ClassLocations = {};
  for (const entry of classes) {
    // One label after the other, not in the order of the voxels.
    const all = joined([entry].flat().map((label) => positions.get(label)!));
    const count = all.length === 0 ? 0 : Math.max(Math.min(AT_LEAST, all.length), Math.ceil(SHARE * all.length));
    const drawn = new Int32Array(3 * count);
    const order = count === 0 ? new Int32Array(0) : random.shuffle(all.length);
    for (let i = 0; i < count; i++) {
      const at = all[order[i]!]!;
      drawn[3 * i] = Math.floor(at / plane);
      drawn[3 * i + 1] = Math.floor((at % plane) / shape[2]!);
      drawn[3 * i + 2] = at % shape[2]!;
    }
    locations[[entry].flat().join()] = drawn;
  }
  return locations;
}

function joined(lists: readonly Int32Array[]): Int32Array {
  if (lists.length === 1) return lists[0]!;
  const all = new Int32Array(lists.reduce((length, list) => length + list.length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return all;
}

/** Flat voxel indices of each label, in ascending order. */
function positionsOf(segmentation: Float32Array, labels: ReadonlySet<number>): Map<number, Int32Array> {
  const least = Math.min(...labels);
  const most = Math.max(...labels);
  // By label minus the least one; the background takes none unless it is wanted.
  const counts = new Int32Array(labels.size === 0 ? 0 : most - least + 1);
  const within = (label: number) => label >= least && label <= most && Number.isInteger(label);
  for (const label of segmentation) if (within(label)) counts[label - least]!++;
  const positions = new Map([...labels].map((label) => [label, new Int32Array(counts[label - least]!)]));
  const lists = Array.from(counts, (_, i) => positions.get(i + least));
  counts.fill(0);
  for (let i = 0; i < segmentation.length; i++) {
    const label = segmentation[i]!;
    if (!within(label)) continue;
    const list = lists[label - least];
    if (list !== undefined) list[counts[label - least]!++] = i;
  }
  return positions;
}
