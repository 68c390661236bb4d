import { toBase64 } from '@nnunet/tensor/internal';
import { colorsOf, cssColor, type Rgb } from './label-colors.ts';
import { checkSameSize, encodePng, extent, type Pixels } from './pixels.ts';
import { resizeNearest, resizeSmooth } from './resize-slice.ts';
import type { Slice } from './slice.ts';
import { element, label, svgDocument } from './svg.ts';

export interface OverlayOptions {
  /** A slice of one modality. */
  image: Slice;
  /** Reference labels, if any. */
  label?: Slice;
  prediction?: Slice;
  /** Distance between rows and between columns in mm, which sets the aspect ratio. Default: [1, 1]. */
  spacing?: readonly [number, number];
  /** Title above the panels. */
  title?: string;
  /** Captions below the panels. Default: `image`, `label`, `prediction`. */
  captions?: { image?: string; label?: string; prediction?: string };
  /** Label names for the legend. Label 0 is neither drawn nor listed. */
  names?: Readonly<Record<string, string>>;
  /** Longer edge of a panel in pixels. Default: 400. */
  panelSize?: number;
}

const FILL = 0.42;
const GAP = 16;
const MARGIN = 20;

/**
 * Renders a slice, its labels and its prediction side by side as an SVG. The image is enlarged smoothly, labels as one
 * block per voxel, lightly filled and outlined in v1's colours, which are the same in every panel.
 *
 * Throws 'shape-mismatch' if the slices differ in size.
 */
export function renderOverlay(options: OverlayOptions): string {
  const { image, captions = {}, panelSize = 400, spacing = [1, 1] } = options;
  const maps = { label: options.label, prediction: options.prediction };
  const used = new Set([0]);
  for (const [what, map] of Object.entries(maps)) {
    if (map === undefined) continue;
    checkSameSize(image, map, `the ${what}`);
    for (let i = 0; i < map.data.length; i++) used.add(Math.max(map.data[i]!, 0));
  }
  const named = Object.keys(options.names ?? {}).map(Number);
  const colors = colorsOf([...used, ...named.filter((value) => value > 0)]);
  const [tall, wide] = [image.height * spacing[0], image.width * spacing[1]];
  const scale = panelSize / Math.max(tall, wide);
  const height = Math.max(1, Math.round(tall * scale));
  const width = Math.max(1, Math.round(wide * scale));
  const grey = greyPixels(image, height, width);

  const panels: { pixels: Pixels; caption: string }[] = [{ pixels: grey, caption: captions.image ?? 'image' }];
  for (const what of ['label', 'prediction'] as const) {
    const map = maps[what];
    if (map !== undefined) {
      panels.push({
        pixels: withLabels(grey, resizeNearest(map, height, width), colors),
        caption: captions[what] ?? what,
      });
    }
  }
  const top = options.title === undefined ? MARGIN : 56;
  const below = top + height;
  const total = 2 * MARGIN + panels.length * width + (panels.length - 1) * GAP;
  const parts = panels.flatMap(({ pixels, caption }, i) => {
    const x = MARGIN + i * (width + GAP);
    const href = `data:image/png;base64,${toBase64(encodePng(pixels))}`;
    return [
      element('image', { x, y: top, width, height, href }),
      label(caption, { x: x + width / 2, y: below + 26, 'text-anchor': 'middle', 'font-size': 17, fill: '#222222' }),
    ];
  });
  if (options.title !== undefined) {
    parts.push(label(options.title, { x: MARGIN, y: 36, 'font-size': 20, 'font-weight': 'bold', fill: '#222222' }));
  }
  const legend = drawLegend(colors, options.names ?? {}, total - MARGIN, below + 58);
  return svgDocument(total, legend.bottom + MARGIN, [...parts, ...legend.parts]);
}

function greyPixels(image: Slice, height: number, width: number): Pixels {
  const [low, high] = extent(image.data);
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
function withLabels(grey: Pixels, labels: Slice<Int32Array>, colors: ReadonlyMap<number, Rgb>): Pixels {
  const { height, width } = grey;
  const data = grey.data.slice();
  const map = labels.data;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const own = map[i]!;
      if (own <= 0) continue;
      const rim =
        (x < 2 ? false : map[i - 2] !== own) ||
        (x >= width - 2 ? false : map[i + 2] !== own) ||
        (y < 2 ? false : map[i - 2 * width] !== own) ||
        (y >= height - 2 ? false : map[i + 2 * width] !== own);
      const color = colors.get(own)!;
      const part = rim ? 1 : FILL;
      for (let c = 0; c < 3; c++) data[i * 3 + c] = Math.round(data[i * 3 + c]! * (1 - part) + color[c]! * part);
    }
  }
  return { data, height, width };
}

function drawLegend(
  colors: ReadonlyMap<number, Rgb>,
  names: Readonly<Record<string, string>>,
  right: number,
  y: number,
): { parts: string[]; bottom: number } {
  const parts: string[] = [];
  let x = MARGIN;
  let row = y;
  for (const [value, color] of colors) {
    if (value === 0) continue;
    const text = names[String(value)] ?? `label ${value}`;
    const width = 22 + text.length * 7.6 + 20;
    if (x > MARGIN && x + width > right) {
      x = MARGIN;
      row += 24;
    }
    parts.push(element('rect', { x, y: row - 12, width: 14, height: 14, fill: cssColor(color) }));
    parts.push(label(text, { x: x + 22, y: row, fill: '#333333' }));
    x += width;
  }
  return { parts, bottom: parts.length > 0 ? row : y - 24 };
}
