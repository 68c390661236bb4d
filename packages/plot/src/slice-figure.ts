import { toBase64 } from '@nnunet/tensor/internal';
import { encode } from 'fast-png';
import { cssColor, type Rgb } from './label-colors.ts';
import { checkSameSize, extent } from './pixels.ts';
import { resizeNearest, resizeSmooth } from './resize-slice.ts';
import type { NumberArray, Slice } from './slice.ts';
import { element } from './svg.ts';

export interface SliceFigureOptions {
  /** A slice of one modality. */
  image: Slice;
  /** Labels, lightly filled and outlined. */
  labels?: Slice;
  /** Labels whose outlines are drawn in white, for example the reference over a prediction. */
  outlines?: Slice;
  /** Values from 0 to 1, drawn from transparent over orange to white. */
  heat?: Slice;
  /** Colour of each label; label 0 needs none. */
  colors: ReadonlyMap<number, Rgb>;
  /** Distance between rows and between columns in mm, which sets the aspect ratio. Default: [1, 1]. */
  spacing?: readonly [number, number];
  /** Intensities drawn in black and in white. Default: the extremes of the slice. */
  range?: readonly [number, number];
}

/** Longer edge of the picture as it is shown, and the most pixels that its image keeps along an edge. */
const SIZE = 320;
const MOST_PIXELS = 256;

/** Dashes that tell the outlines of labels apart without colours, in the order of the labels. */
const DASHES = [undefined, '5 2.5', '1.5 2', '8 2 2 2'];

/**
 * Renders a slice as a small SVG: the image with 8 bits at no more than 256 x 256 pixels, which the viewer enlarges, and
 * labels as shapes, which stay sharp.
 *
 * @throws NnUNetError 'shape-mismatch' if the slices differ in size
 */
export function renderSlice(options: SliceFigureOptions): string {
  const { image, colors, spacing = [1, 1] } = options;
  for (const [what, map] of Object.entries({ labels: options.labels, outlines: options.outlines, heat: options.heat }))
    if (map !== undefined) checkSameSize(image, map, `the slice of ${what}`);
  const shrink = Math.max(1, Math.max(image.height, image.width) / MOST_PIXELS);
  const height = Math.max(1, Math.round(image.height / shrink));
  const width = Math.max(1, Math.round(image.width / shrink));
  const labels = options.labels && resizeNearest(options.labels, height, width);
  const outlines = options.outlines && resizeNearest(options.outlines, height, width);
  const heat = options.heat && resizeSmooth(options.heat, height, width).data;
  const mm = [image.height * spacing[0], image.width * spacing[1]] as const;
  const scale = SIZE / Math.max(...mm);
  const place = { width, height, preserveAspectRatio: 'none' };
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width: Math.max(1, Math.round(mm[1] * scale)),
      height: Math.max(1, Math.round(mm[0] * scale)),
      viewBox: `0 0 ${width} ${height}`,
      preserveAspectRatio: 'none',
    },
    [
      element('image', {
        ...place,
        href: greyPng(resizeSmooth(image, height, width).data, width, options.range ?? extent(image.data)),
      }),
      ...(heat === undefined ? [] : [element('image', { ...place, href: heatPng(heat, width) })]),
      ...(labels === undefined ? [] : labelShapes(labels, colors)),
      ...(outlines === undefined ? [] : whiteOutlines(outlines)),
    ],
  );
}

function greyPng(data: NumberArray, width: number, [low, high]: readonly [number, number]): string {
  const scale = high > low ? 255 / (high - low) : 0;
  const grey = Uint8Array.from(data, (value) => Math.min(255, Math.max(0, Math.round((value - low) * scale))));
  return pngUrl(grey, width, 1);
}

/** Orange that grows to one half, white above. */
function heatPng(heat: NumberArray, width: number): string {
  const data = new Uint8Array(4 * heat.length);
  for (let i = 0; i < heat.length; i++) {
    const value = Math.min(1, Math.max(0, heat[i]!));
    const white = Math.max(0, 2 * value - 1);
    data.set([255, 140 + 115 * white, 255 * white, 255 * Math.min(1, 2 * value)], 4 * i);
  }
  return pngUrl(data, width, 4);
}

function pngUrl(data: Uint8Array, width: number, channels: 1 | 4): string {
  const png = encode({ data, width, height: data.length / channels / width, channels, depth: 8 });
  return `data:image/png;base64,${toBase64(png)}`;
}

function labelShapes(labels: Slice<Int32Array>, colors: ReadonlyMap<number, Rgb>): string[] {
  const foreground = [...colors].filter(([value]) => value !== 0);
  return foreground.flatMap(([value, color], i) => {
    const filled = fillOf(labels, value);
    if (filled === '') return [];
    return [
      element('path', { d: filled, fill: cssColor(color), 'fill-opacity': 0.35 }),
      outline(edgesOf(labels, value), cssColor(color), 2, DASHES[i % DASHES.length]),
    ];
  });
}

function whiteOutlines(labels: Slice<Int32Array>): string[] {
  const values = [...new Set(labels.data)].filter((value) => value > 0);
  const edges = values.map((value) => edgesOf(labels, value)).join('');
  return edges === '' ? [] : [outline(edges, '#000000', 3), outline(edges, '#ffffff', 1.2)];
}

function outline(d: string, stroke: string, width: number, dash?: string): string {
  return element('path', {
    d,
    fill: 'none',
    stroke,
    'stroke-width': width,
    'stroke-dasharray': dash,
    'vector-effect': 'non-scaling-stroke',
  });
}

/** One rectangle per run of a row. */
function fillOf({ data, height, width }: Slice<Int32Array>, value: number): string {
  let path = '';
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[y * width + x] !== value) continue;
      const from = x;
      while (x < width && data[y * width + x] === value) x++;
      path += `M${from} ${y}h${x - from}v1h${from - x}z`;
    }
  }
  return path;
}

/** The edges between a label and others, joined along rows and columns. */
function edgesOf({ data, height, width }: Slice<Int32Array>, value: number): string {
  const is = (y: number, x: number): boolean =>
    y >= 0 && y < height && x >= 0 && x < width && data[y * width + x] === value;
  const lines = (
    count: number,
    length: number,
    isEdge: (line: number, at: number) => boolean,
    draw: (line: number, from: number, to: number) => string,
  ) => {
    let path = '';
    for (let line = 0; line <= count; line++) {
      for (let at = 0; at < length; at++) {
        if (!isEdge(line, at)) continue;
        const from = at;
        while (at < length && isEdge(line, at)) at++;
        path += draw(line, from, at);
      }
    }
    return path;
  };
  return (
    lines(
      height,
      width,
      (y, x) => is(y - 1, x) !== is(y, x),
      (y, from, to) => `M${from} ${y}h${to - from}`,
    ) +
    lines(
      width,
      height,
      (x, y) => is(y, x - 1) !== is(y, x),
      (x, from, to) => `M${x} ${from}v${to - from}`,
    )
  );
}
