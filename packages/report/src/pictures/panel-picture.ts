import { type NumberArray, type Slice, takeSlice } from '@nnunet/plot';
import { renderSlice } from '@nnunet/plot/internal';
import { percentileOfSorted } from '@nnunet/tensor/internal';
import type { LabelArray, Triple, Volume } from '@nnunet/volume';
import type { Picture } from '../report-data.ts';

/** What is drawn of a volume: one slice of axis 0. */
export interface PanelContent {
  image: Volume;
  /** Intensities drawn in black and in white, see {@link displayRange}. */
  range: readonly [number, number];
  slice: number;
  labels?: LabelArray;
  /** Labels outlined in white. */
  outlines?: LabelArray;
  heat?: Float32Array;
  colors: ReadonlyMap<number, readonly [number, number, number]>;
}

/** Draws a slice as an SVG in a data URL. */
export function panelPicture(content: PanelContent, title: string, alternative: string): Picture {
  const { image, range, slice, labels, outlines, heat, colors } = content;
  const take = <T extends NumberArray>(data: T | undefined): Slice<T> | undefined =>
    data === undefined ? undefined : takeSlice(data, image.shape, slice);
  const svg = renderSlice({
    image: take(image.data)!,
    labels: take(labels),
    outlines: take(outlines),
    heat: take(heat),
    colors,
    range,
    spacing: [image.spacing[1], image.spacing[2]],
  });
  return { source: svgUrl(svg), title, alternative };
}

/** Encodes an SVG as a data URL. */
export function svgUrl(svg: string): string {
  return `data:image/svg+xml,${svg.replace(/[%#<>"&\n]/g, (character) => encodeURIComponent(character))}`;
}

/** Number of voxels that the range of intensities is taken from, at most. */
const SAMPLED_VOXELS = 50_000;

/** Returns percentiles 0.5 and 99.5 of an image. */
export function displayRange(data: Float32Array): [number, number] {
  const step = Math.max(1, Math.floor(data.length / SAMPLED_VOXELS));
  const sorted = Float32Array.from({ length: Math.ceil(data.length / step) }, (_, i) => data[i * step]!).sort();
  return [percentileOfSorted(sorted, 0.5), percentileOfSorted(sorted, 99.5)];
}

/** 'slice 12 of 35' */
export function sliceInWords(slice: number, [slices]: Triple): string {
  return `slice ${slice + 1} of ${slices}`;
}
