import { element, label, svgDocument } from './svg.ts';

/** One resolution of a U-Net. */
export interface UNetLevel {
  /** Number of channels. */
  features: number;
  /** Size of the feature map in voxels, in the axis order of the data. */
  size: readonly number[];
  /** Convolution kernel of the encoder (of the bottleneck at the last level). */
  kernel: readonly number[];
  /** Convolution kernel of the decoder; omitted at the last level. */
  decoderKernel?: readonly number[];
  /** Stride from the level above to this one; omitted at the first level. */
  stride?: readonly number[];
  /** Number of convolutions, or residual blocks, in the encoder. */
  convolutions: number;
  decoderConvolutions?: number;
}

export interface UNetDiagram {
  title: string;
  /** Input and output in words, such as "1 channel" and "3 classes". */
  input: string;
  output: string;
  /** Units of the encoder, such as "residual blocks". Default: "convolutions". The decoder always has convolutions. */
  encoderUnit?: string;
  /** Full resolution first, bottleneck last. */
  levels: readonly UNetLevel[];
  /** Number of levels, from the first, whose outputs enter the loss. */
  outputs: number;
  /** Lines of text below the diagram. */
  notes?: readonly string[];
}

const WIDTH = 1080;
const MARGIN = 40;
const BOX = { width: 236, height: 46 };
const ROW = 84;
const TOP = 96;
const INK = '#222222';
const QUIET = '#666666';
const [ENCODER, DECODER, BOTTLENECK, SKIP] = ['#dbe9f6', '#dff0df', '#f6e7d3', '#9a9a9a'];

/**
 * Renders U-Nets, one below the other, as an SVG: encoder on the left, decoder on the right, one row per resolution
 * with features, sizes and kernels; strides next to the vertical arrows, skip connections across.
 */
export function renderUNets(diagrams: readonly UNetDiagram[]): string {
  let y = 0;
  const parts = diagrams.map((diagram) => {
    const { svg, height } = drawUNet(diagram);
    const part = element('g', { transform: `translate(0 ${y})` }, svg);
    y += height;
    return part;
  });
  return svgDocument(WIDTH, y + MARGIN / 2, parts);
}

function drawUNet({ title, input, output, encoderUnit = 'convolutions', levels, outputs, notes = [] }: UNetDiagram): {
  svg: string[];
  height: number;
} {
  const last = levels.length - 1;
  // Both sides slant towards the bottleneck in the middle.
  const middle = (WIDTH - BOX.width) / 2;
  const step = last === 0 ? 0 : Math.min(44, (middle - MARGIN - BOX.width / 2 - 20) / last);
  const leftOf = (i: number): number => (i === last ? middle : MARGIN + i * step);
  const rightOf = (i: number): number => WIDTH - MARGIN - BOX.width - i * step;
  const topOf = (i: number): number => TOP + i * ROW;
  const svg = [label(title, { x: MARGIN, y: 40, 'font-size': 20, 'font-weight': 'bold', fill: INK })];
  svg.push(arrow(leftOf(0) + BOX.width / 2, TOP - 24, leftOf(0) + BOX.width / 2, TOP));
  svg.push(text(input, leftOf(0) + BOX.width / 2, TOP - 30, 'middle'));

  levels.forEach((level, i) => {
    const y = topOf(i);
    const details = (kernel: readonly number[], count: number, unit: string) =>
      `${count} ${count === 1 ? unit.replace(/s$/, '') : unit}, kernel ${list(kernel)}`;
    const maps = `${level.features} features, ${list(level.size)}`;
    const isBottleneck = i === last;
    svg.push(
      box(
        leftOf(i),
        y,
        isBottleneck ? BOTTLENECK : ENCODER,
        maps,
        details(level.kernel, level.convolutions, encoderUnit),
      ),
    );
    if (i > 0 && level.stride) {
      const from = leftOf(i - 1) + BOX.width * 0.62;
      const to = isBottleneck ? middle + 20 : from;
      svg.push(arrow(from, topOf(i - 1) + BOX.height, to, y));
      svg.push(
        text(
          `stride ${list(level.stride)}`,
          (from + to) / 2 + (isBottleneck ? 40 : 10),
          y - (ROW - BOX.height) / 2 + (isBottleneck ? 1 : 5),
          'start',
        ),
      );
    }
    if (isBottleneck) return;
    const { decoderKernel, decoderConvolutions = level.convolutions } = level;
    if (decoderKernel)
      svg.push(box(rightOf(i), y, DECODER, maps, details(decoderKernel, decoderConvolutions, 'convolutions')));
    svg.push(skip(leftOf(i) + BOX.width, rightOf(i), y + BOX.height / 2));
    const below = levels[i + 1]!;
    const upTo = rightOf(i) + BOX.width * 0.38;
    const upFrom = i + 1 === last ? middle + BOX.width - 20 : upTo;
    svg.push(arrow(upFrom, topOf(i + 1), upTo, y + BOX.height));
    if (below.stride) {
      svg.push(
        text(
          `up ${list(below.stride)}`,
          (upFrom + upTo) / 2 - (i + 1 === last ? 40 : 10),
          y + BOX.height + (ROW - BOX.height) / 2 + (i + 1 === last ? 1 : 5),
          'end',
        ),
      );
    }
    if (i < outputs) {
      const x = rightOf(i) + BOX.width;
      svg.push(
        i === 0
          ? arrow(x - BOX.width / 2, y, x - BOX.width / 2, y - 24)
          : arrow(x, y + BOX.height / 2, x + 20, y + BOX.height / 2),
      );
    }
  });
  svg.push(text(output, rightOf(0) + BOX.width / 2, TOP - 30, 'middle'));

  let y = topOf(last) + BOX.height + 36;
  for (const note of notes) {
    svg.push(text(note, MARGIN, y, 'start', INK));
    y += 22;
  }
  return { svg, height: y + 12 };
}

function box(x: number, y: number, fill: string, first: string, second: string): string {
  return element('g', {}, [
    element('rect', { x, y, width: BOX.width, height: BOX.height, rx: 4, fill, stroke: '#888888' }),
    label(first, { x: x + BOX.width / 2, y: y + 19, 'text-anchor': 'middle', 'font-weight': 'bold', fill: INK }),
    label(second, { x: x + BOX.width / 2, y: y + 37, 'text-anchor': 'middle', 'font-size': 13, fill: QUIET }),
  ]);
}

function text(content: string, x: number, y: number, anchor: 'start' | 'middle' | 'end', fill = QUIET): string {
  return label(content, { x, y, 'text-anchor': anchor, fill });
}

/** Draws a line with an arrowhead. */
function arrow(x1: number, y1: number, x2: number, y2: number, stroke = '#444444'): string {
  const length = Math.hypot(x2 - x1, y2 - y1);
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  const [bx, by] = [x2 - 9 * ux, y2 - 9 * uy];
  const points = [
    [x2, y2],
    [bx - 4.5 * uy, by + 4.5 * ux],
    [bx + 4.5 * uy, by - 4.5 * ux],
  ].map(([x, y]) => `${x!.toFixed(1)},${y!.toFixed(1)}`);
  return element('g', {}, [
    element('line', { x1, y1, x2: bx, y2: by, stroke, 'stroke-width': 1.6 }),
    element('polygon', { points: points.join(' '), fill: stroke }),
  ]);
}

function skip(x1: number, x2: number, y: number): string {
  return arrow(x1 + 4, y, x2 - 2, y, SKIP);
}

function list(values: readonly number[]): string {
  return values.join(' × ');
}
