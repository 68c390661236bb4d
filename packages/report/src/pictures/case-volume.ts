import { gzipSync } from 'node:zlib';
import { toBase64 } from '@nnunet/tensor/internal';
import { type Triple, type Volume, writeNifti } from '@nnunet/volume';
import type { VolumeEntry } from '../report-data.ts';

type LabelData = ArrayLike<number>;

/** Characters of base64 that a voxel of an image takes, compressed: an estimate that saves attempts. */
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
  const voxels = (): number => image.shape.reduce((product, edge, axis) => product * Math.ceil(edge / steps[axis]!), 1);
  while (voxels() * PER_VOXEL > budget && coarsen(steps, image)) {}
  for (;;) {
    const entry = encode(image, maps, range, steps);
    const size = entry.image.length + (entry.reference?.length ?? 0) + entry.prediction.length;
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
  const grey = blocks(Uint8Array, image.shape, steps, (voxels) => {
    let sum = 0;
    for (const i of voxels) sum += image.data[i]!;
    return Math.min(255, Math.max(0, Math.round((sum / voxels.length - low) * scale)));
  });
  const labels = (map: LabelData) =>
    blocks(Uint16Array, image.shape, steps, (voxels) => map[voxels[voxels.length >> 1]!]!);
  const file = ({ data, shape }: { data: Uint8Array | Uint16Array; shape: Triple }): string =>
    toBase64(gzipSync(writeNifti({ ...coarserGeometry(image, steps), data, shape }), { level: 9 }));
  return {
    image: file(grey),
    reference: maps.reference === null ? null : file(labels(maps.reference)),
    prediction: file(labels(maps.prediction)),
    steps: [...steps],
  };
}

/** Calls `voxelOf` with the voxels of each block of `steps`, in order; the one in the middle is the block's centre. */
function blocks<T extends Uint8Array | Uint16Array>(
  type: new (length: number) => T,
  shape: Triple,
  steps: Triple,
  voxelOf: (voxels: readonly number[]) => number,
): { data: T; shape: Triple } {
  const [nz, ny, nx] = shape.map((edge, axis) => Math.ceil(edge / steps[axis]!)) as [number, number, number];
  const data = new type(nz * ny * nx);
  const voxels: number[] = [];
  let at = 0;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++) {
        voxels.length = 0;
        for (let i = z * steps[0]; i < Math.min(shape[0], (z + 1) * steps[0]); i++)
          for (let j = y * steps[1]; j < Math.min(shape[1], (y + 1) * steps[1]); j++)
            for (let k = x * steps[2]; k < Math.min(shape[2], (x + 1) * steps[2]); k++)
              voxels.push((i * shape[1] + j) * shape[2] + k);
        data[at++] = voxelOf(voxels);
      }
    }
  }
  return { data, shape: [nz, ny, nx] };
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
