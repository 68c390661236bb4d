import { AXIS_HEIGHT, horizontalAxis } from './horizontal-axis.ts';
import { PAGE } from './line-styles.ts';
import { quartilesOf } from './quartiles.ts';
import { element, label, svgFigure, withTitle } from './svg.ts';

/** A value with the name that is shown when the pointer is above it. */
export interface StripPoint {
  name: string;
  value: number;
  /** Whether to draw a ring in place of a dot. */
  hollow?: boolean;
}

export interface StripChart {
  title: string;
  /** What the chart shows, for those who do not see it. */
  description: string;
  /** Title of the axis, with its unit. */
  axis: string;
  /** One strip each, from the top. Values that are not finite are left out. */
  rows: readonly { name: string; points: readonly StripPoint[] }[];
  /** Whether equal ratios are equally wide; used only if all values are positive. */
  logarithmic?: boolean;
}

const WIDTH = 460;
const RIGHT = 18;
const TOP = 32;
const ROW = 52;
const RADIUS = 3.2;
/** How far dots may be from the middle of their row. */
const SPREAD = 19;
/** With more values than this, a row shows a histogram in place of dots. */
const MOST_DOTS = 120;
const BINS = 40;

/**
 * Draws rows of values on a common axis: a dot each with a box plot behind them, or a histogram above a box plot where
 * there are more than 120 values. The SVG is to be inlined in a page: 460 pixels wide, without a background, and grid and
 * quiet text in the page's `--figure-grid`, `--figure-frame` and `--figure-quiet` if it has them.
 */
export function renderStrips({ title, description, axis: axisTitle, rows, logarithmic }: StripChart): string {
  const left = nameWidth(rows.map(({ name }) => name));
  const finite = rows.map(({ name, points }) => ({ name, points: points.filter((p) => Number.isFinite(p.value)) }));
  const values = finite.flatMap(({ points }) => points.map(({ value }) => value));
  const axis = horizontalAxis({
    title: axisTitle,
    x: left,
    width: WIDTH - left - RIGHT,
    values,
    logarithmic: logarithmic && values.every((value) => value > 0),
  });
  const bottom = TOP + rows.length * ROW;
  const parts = [label(title, { x: 4, y: 18, 'font-weight': 'bold', fill: PAGE.ink }), axis.draw(TOP, bottom)];
  finite.forEach(({ name, points }, i) => {
    const y = TOP + (i + 0.5) * ROW;
    parts.push(rowName(name, left, y));
    if (points.length === 0) return;
    const many = points.length > MOST_DOTS;
    parts.push(drawBox(points, axis.toX, many ? y + 14 : y, many ? 5 : 11));
    parts.push(many ? drawHistogram(points, axis.toX, y + 6) : drawDots(points, axis.toX, y));
  });
  return svgFigure({ title, description, width: WIDTH, height: bottom + AXIS_HEIGHT }, parts);
}

const LONGEST_NAME = 20;

/** Width in pixels of the names at the left of rows. */
export function nameWidth(names: readonly string[]): number {
  return 24 + 7.4 * Math.min(LONGEST_NAME, Math.max(...names.map((name) => name.length), 3));
}

/**
 * Draws the name of a row, right-aligned at the left of the axis. A long one is cut in its middle, since names often differ
 * at their end, and complete under the pointer.
 */
export function rowName(name: string, left: number, y: number): string {
  const shown =
    name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME / 2)}…${name.slice(1 - LONGEST_NAME / 2)}`;
  const text = label(shown, { x: left - 10, y: y + 5, 'text-anchor': 'end', fill: PAGE.ink });
  return shown === name ? text : withTitle(name, text);
}

function drawBox(points: readonly StripPoint[], toX: (value: number) => number, y: number, half: number): string {
  const box = quartilesOf(points.map(({ value }) => value));
  const [low, first, median, third, high] = [box.low, box.first, box.median, box.third, box.high].map(toX);
  const stroke = PAGE.frame;
  return [
    element('line', { x1: low, y1: y, x2: first, y2: y, stroke }),
    element('line', { x1: third, y1: y, x2: high, y2: y, stroke }),
    element('rect', { x: first, y: y - half, width: third! - first!, height: 2 * half, fill: PAGE.grid, stroke }),
    element('line', { x1: median, y1: y - half, x2: median, y2: y + half, stroke: PAGE.ink, 'stroke-width': 2.4 }),
  ].join('');
}

/** Draws dots side by side: each as near to the middle as those before it allow. */
function drawDots(points: readonly StripPoint[], toX: (value: number) => number, y: number): string {
  const placed: { x: number; offset: number }[] = [];
  const sorted = points.map((point) => ({ ...point, x: toX(point.value) })).sort((a, b) => a.x - b.x);
  return sorted
    .map(({ name, x, hollow }) => {
      const near = placed.filter((other) => x - other.x < 2 * RADIUS);
      const offset = nearestFree(near.map((other) => other.offset));
      placed.push({ x, offset });
      const look = hollow ? { fill: 'none', stroke: PAGE.accent, 'stroke-width': 1.6 } : { fill: PAGE.accent };
      const dot = element('circle', { cx: x, cy: y + offset, r: RADIUS, 'fill-opacity': 0.75, ...look });
      return withTitle(name, dot);
    })
    .join('');
}

/** Offset nearest to 0, below and above in turn, at which no dot is; 0 if the row is full. */
function nearestFree(taken: readonly number[]): number {
  for (let step = 0; step <= SPREAD; step += RADIUS) {
    for (const offset of [step, -step]) {
      if (taken.every((other) => Math.abs(other - offset) >= 2 * RADIUS - 0.1)) return offset;
    }
  }
  return 0;
}

function drawHistogram(points: readonly StripPoint[], toX: (value: number) => number, base: number): string {
  const places = points.map(({ value }) => toX(value));
  const low = Math.min(...places);
  const width = Math.max(2, (Math.max(...places) - low) / BINS);
  const counts = new Map<number, number>();
  for (const x of places) {
    const bin = Math.min(BINS - 1, Math.floor((x - low) / width));
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  const tallest = Math.max(...counts.values());
  return [...counts]
    .map(([bin, count]) => {
      const height = (count / tallest) * (SPREAD + 8);
      const bar = { x: low + bin * width, y: base - height, width, height };
      return withTitle(`${count} of ${points.length}`, element('rect', { ...bar, fill: PAGE.accent, stroke: 'none' }));
    })
    .join('');
}
