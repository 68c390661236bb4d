import type { Batch } from '@nnunet/augment';
import { LABEL_COLORS, type Pixels, type Slice, sliceWithMostForeground, takeSlice } from '@nnunet/plot';
import { sizeOf } from '@nnunet/tensor';

/** Longer edge of a slice in the picture, at least. */
const LEAST_EDGE = 160;
const GAP = 4;
const PANELS_PER_ROW = 8;
const TINT = 0.5;

/**
 * Draws a batch as the network receives it: for each sample the slice with most foreground, every channel plain
 * (including those of a cascade's previous stage), and next to them the first channel with the labels tinted (regions:
 * the last one that covers a voxel). About eight panels per row, in the order of the batch.
 */
export function batchPicture({ data, shape, targets }: Batch): Pixels {
  const [samples, channels, ...size] = shape as [number, number, ...number[]];
  const volume = [1, ...size].slice(-3) as [number, number, number];
  const voxels = sizeOf(size);
  const [, height, width] = volume;
  const zoom = Math.ceil(LEAST_EDGE / Math.max(height, width));
  const panel = width * zoom + GAP;
  const [tileHeight, tileWidth] = [height * zoom + GAP, (channels + 1) * panel + GAP];
  const columns = Math.min(samples, Math.max(1, Math.floor(PANELS_PER_ROW / (channels + 1))));
  const rows = Math.ceil(samples / columns);
  const picture = {
    data: new Uint8Array(rows * tileHeight * columns * tileWidth * 3).fill(255),
    height: rows * tileHeight,
    width: columns * tileWidth,
  };
  const labelsOfAll = targets[0]!.data;
  const labelLength = labelsOfAll.length / samples;
  for (let s = 0; s < samples; s++) {
    const labels = labelsOf(labelsOfAll.subarray(s * labelLength, (s + 1) * labelLength), voxels);
    const z = sliceWithMostForeground(labels, volume);
    const channel = (c: number) => {
      const start = (s * channels + c) * voxels;
      return takeSlice(data.subarray(start, start + voxels), volume, z);
    };
    const at = { y: Math.floor(s / columns) * tileHeight, x: (s % columns) * tileWidth, zoom };
    for (let c = 0; c < channels; c++) drawSlice(picture, channel(c), null, { ...at, x: at.x + c * panel });
    drawSlice(picture, channel(0), takeSlice(labels, volume, z), { ...at, x: at.x + channels * panel });
  }
  return picture;
}

/** Labels as they are; of regions the number of the last one at each voxel. */
function labelsOf(target: Uint8Array, voxels: number): Uint8Array {
  if (target.length === voxels) return target;
  const labels = new Uint8Array(voxels);
  for (let i = 0; i < target.length; i++) if (target[i]! > 0) labels[i % voxels] = Math.floor(i / voxels) + 1;
  return labels;
}

function drawSlice(
  picture: Pixels,
  image: Slice<Float32Array>,
  labels: Slice<Uint8Array> | null,
  { y: top, x: left, zoom }: { y: number; x: number; zoom: number },
): void {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of image.data) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const scale = high > low ? 255 / (high - low) : 0;
  for (let y = 0; y < image.height * zoom; y++)
    for (let x = 0; x < image.width * zoom; x++) {
      const i = Math.floor(y / zoom) * image.width + Math.floor(x / zoom);
      const grey = (image.data[i]! - low) * scale;
      const label = labels?.data[i] ?? 0;
      const color = LABEL_COLORS[label === 0 ? 0 : 1 + ((label - 1) % (LABEL_COLORS.length - 1))]!;
      const at = ((top + y) * picture.width + left + x) * 3;
      for (let c = 0; c < 3; c++)
        picture.data[at + c] = Math.round(label === 0 ? grey : grey * (1 - TINT) + color[c]! * TINT);
    }
}
