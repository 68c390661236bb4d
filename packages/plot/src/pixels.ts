import { NnUNetError } from '@nnunet/errors';
import { encode } from 'fast-png';
import { colorsOf, LABEL_COLORS, type Rgb } from './label-colors.ts';
import type { NumberArray, Slice } from './slice.ts';

/** An RGB picture, 8 bits per channel, rows from the top. */
export interface Pixels {
  /** (y, x, rgb) */
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/** Encodes a picture as a PNG file. */
export function encodePng({ data, width, height }: Pixels): Uint8Array {
  return encode({ data, width, height, channels: 3, depth: 8 });
}

/** Throws 'shape-mismatch' if two slices differ in size. */
export function checkSameSize(image: Slice, labels: Slice, what: string): void {
  if (image.height === labels.height && image.width === labels.width) return;
  throw new NnUNetError('shape-mismatch', {
    what: `${what} has ${labels.height} x ${labels.width} pixels, its image ${image.height} x ${image.width}`,
    remedy: 'Draw slices of the same volume.',
  });
}

/** Returns the minimum and maximum finite value; [0, 0] if there is none. */
export function extent(data: NumberArray): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : [0, 0];
}

/**
 * Renders v1's overlay of one slice: the image is scaled to 0 to 255, `intensity` (default 0.6) of a colour is added
 * per label, and the result is rescaled so that the maximum is 255. The i-th of the slice's sorted labels takes the
 * i-th colour, so without background a foreground label is black (v1: `generate_overlay`).
 */
export function overlayPixels(image: Slice, labels: Slice, intensity = 0.6): Pixels {
  checkSameSize(image, labels, 'the label map');
  const colors = colorsOf(labels.data);
  const [low, high] = extent(image.data);
  const size = image.height * image.width;
  const sums = new Float64Array(size * 3);
  let largest = 0;
  for (let i = 0; i < size; i++) {
    const grey = high > low ? ((image.data[i]! - low) / (high - low)) * 255 : 0;
    const color: Rgb = colors.get(labels.data[i]!) ?? LABEL_COLORS[0]!;
    for (let c = 0; c < 3; c++) {
      const value = grey + intensity * color[c]!;
      sums[i * 3 + c] = value;
      if (value > largest) largest = value;
    }
  }
  const data = new Uint8Array(size * 3);
  if (largest > 0) for (let i = 0; i < data.length; i++) data[i] = Math.floor((sums[i]! / largest) * 255);
  return { data, height: image.height, width: image.width };
}
