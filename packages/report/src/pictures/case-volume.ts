import { gzipSync } from 'node:zlib';
import { sizeOf } from '@nnunet/tensor';
import { toBase64 } from '@nnunet/tensor/internal';
import { type Triple, type Volume, writeNifti } from '@nnunet/volume';
import type { VolumeEntry } from '../report-data.ts';

type LabelData = ArrayLike<number>;

/** Characters of base64 that a voxel of a case takes, compressed: a first estimate, which saves attempts. */
const PER_VOXEL = 0.7;

/**
 * Encodes a case for the viewer as gzipped NIfTI files in base64 of at most `budget` characters together: the image
 * with 8 bits, and the label maps. A volume that is too large becomes coarser, along its finest axes first.
 *
 * @param range intensities that become 0 and 255
 */
export function encodeVolume(
  image: Volume,
  maps: { reference: LabelData | null; prediction: LabelData },
  range: readonly [number, number],
  budget: number,
): VolumeEntry {
  const steps: [number, number, number] = [1, 1, 1];
  const voxels = (): number => sizeOf(coarserShape(image.shape, steps));
  let perVoxel = PER_VOXEL;
  for (;;) {
    while (voxels() * perVoxel > budget && coarsen(steps, image)) {}
    const entry = encode(image, maps, range, steps);
    const size = entry.image.length + (entry.reference?.length ?? 0) + entry.prediction.length;
    perVoxel = size / voxels();
    if (size <= budget || !coarsen(steps, image)) return entry;
  }
}

/** Takes larger steps along the axis with the finest spacing; false if a single voxel is left. */
function coarsen(steps: [number, number, number], { shape, spacing }: Volume): boolean {
  const axes = [0, 1, 2].filter((axis) => steps[axis]! < shape[axis]!);
  const finest = axes.sort((a, b) => spacing[a]! * steps[a]! - spacing[b]! * steps[b]!)[0];
  if (finest === undefined) return false;
  steps[finest]!++;
  return true;
}

function encode(
  image: Volume,
  maps: { reference: LabelData | null; prediction: LabelData },
  [low, high]: readonly [number, number],
  steps: Triple,
): VolumeEntry {
  const scale = high > low ? 255 / (high - low) : 0;
  const grey = Uint8Array.from(blockMeans(image.data, image.shape, steps), (mean) =>
    Math.min(255, Math.max(0, Math.round((mean - low) * scale))),
  );
  const geometry = { ...coarserGeometry(image, steps), shape: coarserShape(image.shape, steps) };
  const file = (data: Uint8Array | Uint16Array): string =>
    toBase64(gzipSync(writeNifti({ ...geometry, data }), { level: 9 }));
  const labels = (map: LabelData): string => file(blockCentres(map, image.shape, steps));
  return {
    image: file(grey),
    reference: maps.reference === null ? null : labels(maps.reference),
    prediction: labels(maps.prediction),
    steps: [...steps],
  };
}

function coarserShape(shape: Triple, steps: Triple): [number, number, number] {
  return [Math.ceil(shape[0] / steps[0]), Math.ceil(shape[1] / steps[1]), Math.ceil(shape[2] / steps[2])];
}

/** Means of the voxels of each block of `steps`; those at the ends may be smaller. */
function blockMeans(data: Float32Array, shape: Triple, steps: Triple): Float32Array {
  const [, ny, nx] = coarserShape(shape, steps);
  const sums = new Float64Array(sizeOf(coarserShape(shape, steps)));
  const counts = new Uint32Array(sums.length);
  let i = 0;
  for (let z = 0; z < shape[0]; z++) {
    for (let y = 0; y < shape[1]; y++) {
      const row = (Math.floor(z / steps[0]) * ny + Math.floor(y / steps[1])) * nx;
      for (let x = 0; x < shape[2]; x++, i++) {
        const block = row + Math.floor(x / steps[2]);
        sums[block]! += data[i]!;
        counts[block]!++;
      }
    }
  }
  return Float32Array.from(sums, (sum, block) => sum / counts[block]!);
}

/** Labels in the middle of each block of `steps`. */
function blockCentres(labels: LabelData, shape: Triple, steps: Triple): Uint16Array {
  const [nz, ny, nx] = coarserShape(shape, steps);
  const centre = (block: number, axis: 0 | 1 | 2): number =>
    Math.min(block * steps[axis] + (steps[axis] >> 1), shape[axis] - 1);
  const data = new Uint16Array(nz * ny * nx);
  let at = 0;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      const row = (centre(z, 0) * shape[1] + centre(y, 1)) * shape[2];
      for (let x = 0; x < nx; x++) data[at++] = labels[row + centre(x, 2)]!;
    }
  }
  return data;
}

/** The geometry of blocks: their distances, and the centre of the first. */
function coarserGeometry({ spacing, origin, direction }: Volume, steps: Triple) {
  const shift = [2, 1, 0].map((axis) => ((steps[axis]! - 1) / 2) * spacing[axis]!);
  const moved = origin.map(
    (value, row) => value + [0, 1, 2].reduce((sum, column) => sum + direction[3 * row + column]! * shift[column]!, 0),
  ) as [number, number, number];
  const wide = spacing.map((value, axis) => value * steps[axis]!) as [number, number, number];
  return { spacing: wide, origin: moved, direction };
}
