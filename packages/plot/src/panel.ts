import type { Rgb } from './label-colors.ts';
import { checkSameSize, extent, type Pixels } from './pixels.ts';
import { resizeNearest, resizeSmooth } from './resize-slice.ts';
import type { NumberArray, Slice } from './slice.ts';

export interface PanelOptions {
  /** A slice of one modality. */
  image: Slice;
  /** Labels to fill and outline. */
  labels?: Slice;
  /** Labels to outline in white, for example the reference over a prediction. */
  outlines?: Slice;
  /** A map of values from 0 to 1, drawn from transparent over orange to white. */
  heat?: Slice;
  /** Colour of each label; label 0 needs none. */
  colors: ReadonlyMap<number, Rgb>;
  /** Distance between rows and between columns in mm, which sets the aspect ratio. Default: [1, 1]. */
  spacing?: readonly [number, number];
  /** Longer edge in pixels. */
  size: number;
  /** Intensities drawn in black and in white. Default: the extremes of the slice. */
  range?: readonly [number, number];
}

const FILL = 0.42;

/**
 * Renders a slice as one picture: the image enlarged smoothly, labels as one block per voxel, lightly filled and
 * outlined.
 *
 * @throws NnUNetError 'shape-mismatch' if the slices differ in size
 */
export function renderPanel(options: PanelOptions): Pixels {
  const { image, labels, outlines, heat, colors, spacing = [1, 1], size } = options;
  for (const [what, map] of Object.entries({ labels, outlines, heat }))
    if (map !== undefined) checkSameSize(image, map, `the slice of ${what}`);
  const { height, width } = panelSize(image, spacing, size);
  let pixels = greyPixels(image, height, width, options.range);
  if (heat !== undefined) pixels = withHeat(pixels, resizeSmooth(heat, height, width).data);
  if (labels !== undefined) pixels = withLabels(pixels, resizeNearest(labels, height, width), colors);
  if (outlines !== undefined) pixels = withOutlines(pixels, resizeNearest(outlines, height, width));
  return pixels;
}

/** Returns the size in pixels of a slice whose longer edge in mm has `size` pixels. */
export function panelSize(
  { height, width }: Pick<Slice, 'height' | 'width'>,
  spacing: readonly [number, number],
  size: number,
): { height: number; width: number } {
  const [tall, wide] = [height * spacing[0], width * spacing[1]];
  const scale = size / Math.max(tall, wide);
  return { height: Math.max(1, Math.round(tall * scale)), width: Math.max(1, Math.round(wide * scale)) };
}

/** Enlarges an image; `range` is drawn from black to white. */
export function greyPixels(
  image: Slice,
  height: number,
  width: number,
  [low, high]: readonly [number, number] = extent(image.data),
): Pixels {
  const smooth = resizeSmooth(image, height, width).data;
  const data = new Uint8Array(height * width * 3);
  const scale = high > low ? 255 / (high - low) : 0;
  for (let i = 0; i < smooth.length; i++) {
    data.fill(Math.min(255, Math.max(0, Math.round((smooth[i]! - low) * scale))), i * 3, i * 3 + 3);
  }
  return { data, height, width };
}

/**
 * Draws labels over a greyscale picture of the same size: full colour within two pixels of another label, a tint
 * inside.
 */
export function withLabels(grey: Pixels, labels: Slice<Int32Array>, colors: ReadonlyMap<number, Rgb>): Pixels {
  const data = grey.data.slice();
  for (let i = 0; i < labels.data.length; i++) {
    const color = labels.data[i]! > 0 ? colors.get(labels.data[i]!) : undefined;
    if (color !== undefined) blend(data, i, color, isRim(labels, i, 2) ? 1 : FILL);
  }
  return { ...grey, data };
}

function withOutlines(pixels: Pixels, labels: Slice<Int32Array>): Pixels {
  const data = pixels.data.slice();
  for (let i = 0; i < labels.data.length; i++)
    if (labels.data[i]! > 0 && isRim(labels, i, 1)) blend(data, i, [255, 255, 255], 1);
  return { ...pixels, data };
}

/** Orange grows up to one half, white above. */
function withHeat(grey: Pixels, heat: NumberArray): Pixels {
  const data = grey.data.slice();
  for (let i = 0; i < heat.length; i++) {
    const value = Math.min(1, Math.max(0, heat[i]!));
    const white = Math.max(0, 2 * value - 1);
    blend(data, i, [255, 140 + 115 * white, 255 * white], Math.min(1, 2 * value));
  }
  return { ...grey, data };
}

function blend(data: Uint8Array, pixel: number, color: Rgb, part: number): void {
  for (let c = 0; c < 3; c++) {
    const at = pixel * 3 + c;
    data[at] = Math.round(data[at]! * (1 - part) + color[c]! * part);
  }
}

/** Whether another label lies `reach` pixels away along a row or column. */
function isRim({ data, height, width }: Slice<Int32Array>, i: number, reach: number): boolean {
  const [x, y, own] = [i % width, Math.floor(i / width), data[i]!];
  return (
    (x >= reach && data[i - reach] !== own) ||
    (x < width - reach && data[i + reach] !== own) ||
    (y >= reach && data[i - reach * width] !== own) ||
    (y < height - reach && data[i + reach * width] !== own)
  );
}
