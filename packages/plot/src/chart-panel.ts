import { drawMarker, type MarkerShape } from './marker.ts';
import { element, label, round } from './svg.ts';
import { niceTicks, rangeOf } from './ticks.ts';

/** A line over the epochs; non-finite values leave a gap. */
export interface Series {
  name: string;
  values: readonly number[];
  color: string;
  /** Lengths of strokes and gaps in pixels, such as "7 4". Default: a solid line. */
  dash?: string;
  /** A sign at some of the values, which tells the line from others without colour. */
  marker?: MarkerShape;
}

interface Axis {
  title: string;
  series: readonly Series[];
  /** Default: the range of the values plus a small margin. */
  range?: [number, number];
}

export interface ChartPanel {
  /** Position of the frame in pixels; ticks and titles are outside it. */
  x: number;
  y: number;
  width: number;
  height: number;
  /** Title of the horizontal axis. */
  xTitle: string;
  left: Axis;
  right?: Axis;
  /** Whether to draw a legend; omit it for a single line. */
  legend?: boolean;
  /** Default: for white paper. */
  palette?: Palette;
}

/** Colours of what is not data. */
export interface Palette {
  background: string;
  frame: string;
  grid: string;
  ink: string;
  quiet: string;
}

const PAPER: Palette = {
  background: '#fcfcfc',
  frame: '#999999',
  grid: '#e6e6e6',
  ink: '#333333',
  quiet: '#666666',
};

/** Draws lines over epochs 1, 2, … with a frame, a grid, one or two vertical axes and a legend above the frame. */
export function drawPanel(panel: ChartPanel): string {
  const { x, y, width, height, left, right, palette = PAPER } = panel;
  const { ink, quiet } = palette;
  const axes = right === undefined ? [left] : [left, right];
  const epochs = Math.max(1, ...axes.flatMap((axis) => axis.series.map((series) => series.values.length)));
  const last = Math.max(epochs - 1, 1);
  const toX = (epoch: number): number => x + (epochs === 1 ? 0.5 : (epoch - 1) / last) * width;
  const parts = [element('rect', { x, y, width, height, fill: palette.background })];

  const xTicks = epochs === 1 ? { values: [1], texts: ['1'] } : niceTicks(1, epochs, Math.max(2, width / 110), true);
  xTicks.values.forEach((value, i) => {
    parts.push(line(toX(value), y, toX(value), y + height, palette.grid));
    parts.push(label(xTicks.texts[i]!, { x: toX(value), y: y + height + 20, 'text-anchor': 'middle', fill: quiet }));
  });
  parts.push(label(panel.xTitle, { x: x + width / 2, y: y + height + 42, 'text-anchor': 'middle', fill: ink }));

  axes.forEach((axis, side) => {
    const [low, high] = axis.range ?? rangeOf(axis.series.map((series) => series.values)) ?? [0, 1];
    const toY = (value: number): number => y + height - ((value - low) / (high - low)) * height;
    const ticks = niceTicks(low, high, Math.max(2, height / 55));
    const edge = side === 0 ? x : x + width;
    const out = side === 0 ? -1 : 1;
    const color = side === 0 ? quiet : (axis.series[0]?.color ?? quiet);
    ticks.values.forEach((value, i) => {
      if (side === 0) parts.push(line(x, toY(value), x + width, toY(value), palette.grid));
      else parts.push(line(edge, toY(value), edge + 5, toY(value), color));
      const anchor = side === 0 ? 'end' : 'start';
      parts.push(label(ticks.texts[i]!, { x: edge + out * 9, y: toY(value) + 5, 'text-anchor': anchor, fill: color }));
    });
    const titleX = edge + out * 62;
    const turn = `rotate(${side === 0 ? -90 : 90} ${round(titleX)} ${round(y + height / 2)})`;
    parts.push(
      label(axis.title, {
        x: titleX,
        y: y + height / 2,
        transform: turn,
        'text-anchor': 'middle',
        fill: side === 0 ? ink : color,
      }),
    );
    axis.series.forEach((series, i) => {
      parts.push(drawSeries(series, toX, toY));
      if (series.marker !== undefined) parts.push(drawMarkers(series, i / axis.series.length, toX, toY));
    });
  });
  parts.push(element('rect', { x, y, width, height, fill: 'none', stroke: palette.frame }));
  if (panel.legend)
    parts.push(
      drawLegend(
        axes.flatMap((axis) => axis.series),
        { x, y: y - 16, width, ink },
      ),
    );
  return element('g', {}, parts);
}

function line(x1: number, y1: number, x2: number, y2: number, stroke: string): string {
  return element('line', { x1, y1, x2, y2, stroke });
}

/** Draws consecutive finite values as lines, isolated ones as dots. */
function drawSeries(series: Series, toX: (epoch: number) => number, toY: (value: number) => number): string {
  const parts: string[] = [];
  const { values, color } = series;
  let start = 0;
  while (start < values.length) {
    if (!Number.isFinite(values[start])) {
      start++;
      continue;
    }
    let end = start;
    while (end < values.length && Number.isFinite(values[end])) end++;
    if (end - start === 1) {
      parts.push(element('circle', { cx: toX(start + 1), cy: toY(values[start]!), r: 4, fill: color }));
    } else {
      const points: string[] = [];
      for (let i = start; i < end; i++) points.push(`${round(toX(i + 1))},${round(toY(values[i]!))}`);
      parts.push(
        element('polyline', {
          points: points.join(' '),
          fill: 'none',
          stroke: color,
          'stroke-width': 2,
          'stroke-linejoin': 'round',
          'stroke-dasharray': series.dash,
        }),
      );
    }
    start = end;
  }
  return parts.join('');
}

/** Number of values with a marker, so that markers of a long training do not run together. */
const MARKERS = 6;

/** Draws a marker at about six values, a fraction `phase` of their distance from the first. */
function drawMarkers(
  { values, color, marker }: Series,
  phase: number,
  toX: (epoch: number) => number,
  toY: (value: number) => number,
): string {
  const step = Math.max(1, values.length / MARKERS);
  const parts: string[] = [];
  for (let at = phase * step; at < values.length; at += step) {
    const i = Math.floor(at);
    if (Number.isFinite(values[i])) parts.push(drawMarker(marker!, toX(i + 1), toY(values[i]!), color));
  }
  return parts.join('');
}

const LEGEND_ROW = 20;

/** Distributes the entries of a legend among rows. */
function legendRows(series: readonly Series[], width: number): Series[][] {
  const rows: Series[][] = [[]];
  let used = 0;
  for (const entry of series) {
    const needed = entryWidth(entry);
    if (used > 0 && used + needed > width) {
      rows.push([]);
      used = 0;
    }
    rows.at(-1)!.push(entry);
    used += needed;
  }
  return rows;
}

function entryWidth({ name }: Series): number {
  return 38 + name.length * 7.2 + 28;
}

/** Height in pixels of the legend of a panel of this width. */
export function legendHeight(series: readonly Series[], width: number): number {
  return legendRows(series, width).length * LEGEND_ROW;
}

/** Draws a legend whose last row is at `y`. */
function drawLegend(
  series: readonly Series[],
  { x, y, width, ink }: { x: number; y: number; width: number; ink: string },
): string {
  const rows = legendRows(series, width);
  return rows.flatMap((row, i) => drawLegendRow(row, x, y - (rows.length - 1 - i) * LEGEND_ROW, ink)).join('');
}

function drawLegendRow(series: readonly Series[], x: number, y: number, ink: string): string[] {
  let at = x;
  return series.map((entry) => {
    const { name, color, dash, marker } = entry;
    const sample = element('line', {
      x1: at,
      y1: y - 5,
      x2: at + 30,
      y2: y - 5,
      stroke: color,
      'stroke-width': 2.5,
      'stroke-dasharray': dash,
    });
    const sign = marker === undefined ? '' : drawMarker(marker, at + 15, y - 5, color);
    const text = label(name, { x: at + 38, y, fill: ink });
    at += entryWidth(entry);
    return sample + sign + text;
  });
}
