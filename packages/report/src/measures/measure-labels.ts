import { connectedComponents } from '@nnunet/morphology';
import type { Triple } from '@nnunet/volume';
import { classesByLabel, keyOf, type LabelClass, labelsOfClass } from '../label-class.ts';

/** What is measured of one label or region of a case, to compare cases by. */
export interface LabelMeasures {
  /** mm³ */
  volume: number;
  components: number;
  /**
   * Centre of mass as fractions of the image, from the patient's right to left, front to back, and bottom to top; null
   * without voxels.
   */
  position: [number, number, number] | null;
  /** Mean of each modality, see {@link measureLabels}; null without voxels. Empty without images. */
  intensities: (number | null)[];
}

export interface MeasuredVolume {
  labels: ArrayLike<number>;
  /** (z, y, x) */
  shape: Triple;
  /** mm, (z, y, x) */
  spacing: Triple;
  /** The patient directions in which the file axes (x, y, z) increase, for example 'LPS'. */
  axes: string;
  /** One per modality, or none. */
  images: readonly Float32Array[];
  /** Per modality, whether intensities are comparable between images, as those of CT are. */
  absolute: readonly boolean[];
}

/** The voxels of one label or region, collected in a single pass. */
interface Tally {
  voxels: number;
  sums: [number, number, number];
  /** Corners of the bounding box, the upper one exclusive. */
  low: [number, number, number];
  high: [number, number, number];
  intensities: number[];
}

/**
 * Measures labels or regions in a label map. Intensities of modalities that are not absolute are given in standard
 * deviations from the mean of the image's nonzero voxels.
 */
export function measureLabels(volume: MeasuredVolume, classes: readonly LabelClass[]): Record<string, LabelMeasures> {
  const { shape, spacing, images } = volume;
  const tallies = tallyLabels(volume, classes);
  const scales = images.map((image, i) => (volume.absolute[i] ? { mean: 0, deviation: 1 } : scaleOf(image)));
  const voxel = spacing[0] * spacing[1] * spacing[2];
  const measures = classes.map((one, c): [string, LabelMeasures] => {
    const tally = tallies[c]!;
    const { voxels, sums } = tally;
    const centre = sums.map((sum, axis) => (sum / voxels + 0.5) / shape[axis]!) as [number, number, number];
    return [
      String(keyOf(one)),
      {
        volume: voxels * voxel,
        components: countComponents(volume, one, tally),
        position: voxels === 0 ? null : inPatient(centre, volume.axes),
        intensities: scales.map(({ mean, deviation }, i) =>
          voxels === 0 ? null : (tally.intensities[i]! / voxels - mean) / deviation,
        ),
      },
    ];
  });
  return Object.fromEntries(measures);
}

const NONE: readonly Tally[] = [];

function tallyLabels({ labels, shape, images }: MeasuredVolume, classes: readonly LabelClass[]): Tally[] {
  const tallies = classes.map(
    (): Tally => ({ voxels: 0, sums: [0, 0, 0], low: [...shape], high: [0, 0, 0], intensities: images.map(() => 0) }),
  );
  const byLabel = new Map(Array.from(classesByLabel(classes), ([label, own]) => [label, own.map((c) => tallies[c]!)]));
  let i = 0;
  for (let z = 0; z < shape[0]; z++) {
    for (let y = 0; y < shape[1]; y++) {
      for (let x = 0; x < shape[2]; x++, i++) {
        const value = labels[i]!;
        if (value === 0) continue;
        for (const tally of byLabel.get(value) ?? NONE) addVoxel(tally, z, y, x, i);
      }
    }
  }
  return tallies;

  function addVoxel(tally: Tally, z: number, y: number, x: number, at: number): void {
    const { sums, low, high, intensities } = tally;
    tally.voxels++;
    sums[0] += z;
    sums[1] += y;
    sums[2] += x;
    if (z < low[0]) low[0] = z;
    if (y < low[1]) low[1] = y;
    if (x < low[2]) low[2] = x;
    if (z >= high[0]) high[0] = z + 1;
    if (y >= high[1]) high[1] = y + 1;
    if (x >= high[2]) high[2] = x + 1;
    for (let m = 0; m < images.length; m++) intensities[m]! += images[m]![at]!;
  }
}

/** Turns fractions of the axes (z, y, x) into those of the patient's directions. */
function inPatient([z, y, x]: Triple, axes: string): [number, number, number] {
  const position: [number, number, number] = [0.5, 0.5, 0.5];
  for (const [i, fraction] of [x, y, z].entries()) {
    const [up, down] = ['LPS'.indexOf(axes[i]!), 'RAI'.indexOf(axes[i]!)];
    if (up >= 0) position[up] = fraction;
    else if (down >= 0) position[down] = 1 - fraction;
  }
  return position;
}

/** Counts the components of a label within its bounding box. */
function countComponents({ labels, shape }: MeasuredVolume, one: LabelClass, { voxels, low, high }: Tally): number {
  if (voxels === 0) return 0;
  const edges = high.map((end, axis) => end - low[axis]!) as [number, number, number];
  const members = new Set(labelsOfClass(one));
  const mask = new Uint8Array(edges[0] * edges[1] * edges[2]);
  let at = 0;
  for (let z = low[0]; z < high[0]; z++) {
    for (let y = low[1]; y < high[1]; y++) {
      const row = (z * shape[1] + y) * shape[2];
      for (let x = low[2]; x < high[2]; x++) mask[at++] = members.has(labels[row + x]!) ? 1 : 0;
    }
  }
  return connectedComponents(mask, edges).count;
}

/** Mean and standard deviation of the nonzero voxels. */
function scaleOf(image: Float32Array): { mean: number; deviation: number } {
  let [count, sum, squares] = [0, 0, 0];
  for (let i = 0; i < image.length; i++) {
    const value = image[i]!;
    if (value === 0) continue;
    count++;
    sum += value;
    squares += value * value;
  }
  if (count === 0) return { mean: 0, deviation: 1 };
  const mean = sum / count;
  const variance = Math.max(0, squares / count - mean * mean);
  return { mean, deviation: variance > 0 ? Math.sqrt(variance) : 1 };
}
