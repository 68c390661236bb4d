import { AXIS_HEIGHT, horizontalAxis } from './horizontal-axis.ts';
import { PAGE } from './line-styles.ts';
import { drawMarker } from './marker.ts';
import { nameWidth, rowName } from './strip-chart.ts';
import { element, label, svgFigure, withTitle } from './svg.ts';

export interface IntervalChart {
  title: string;
  /** What the chart shows, for those who do not see it. */
  description: string;
  axis: string;
  rows: readonly { name: string; value: number; low: number; high: number }[];
}

const WIDTH = 460;
const RIGHT = 18;
const TOP = 32;
const ROW = 36;

/**
 * Draws a value with its interval in each row, and a dashed line at 0: an interval beside the line is a difference. The
 * SVG is to be inlined in a page (see `renderStrips`).
 */
export function renderIntervals({ title, description, axis: axisTitle, rows }: IntervalChart): string {
  const left = nameWidth(rows.map(({ name }) => name));
  const values = [0, ...rows.flatMap(({ low, high }) => [low, high])];
  const axis = horizontalAxis({ title: axisTitle, x: left, width: WIDTH - left - RIGHT, values });
  const bottom = TOP + rows.length * ROW;
  const zero = axis.toX(0);
  const parts = [
    label(title, { x: 4, y: 18, 'font-weight': 'bold', fill: PAGE.ink }),
    axis.draw(TOP, bottom),
    element('line', { x1: zero, y1: TOP, x2: zero, y2: bottom, stroke: PAGE.ink, 'stroke-dasharray': '5 4' }),
  ];
  rows.forEach(({ name, value, low, high }, i) => {
    const y = TOP + (i + 0.5) * ROW;
    const [from, to] = [axis.toX(low), axis.toX(high)];
    const ends = [from, to].map((x) => element('line', { x1: x, y1: y - 6, x2: x, y2: y + 6, stroke: PAGE.accent }));
    parts.push(rowName(name, left, y));
    parts.push(
      withTitle(
        `${name}: ${value} (${low} to ${high})`,
        element('line', { x1: from, y1: y, x2: to, y2: y, stroke: PAGE.accent, 'stroke-width': 2 }),
        ...ends,
        drawMarker('diamond', axis.toX(value), y, PAGE.accent),
      ),
    );
  });
  return svgFigure({ title, description, width: WIDTH, height: bottom + AXIS_HEIGHT }, parts);
}
