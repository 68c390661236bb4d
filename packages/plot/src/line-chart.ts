import { drawPanel, legendHeight } from './chart-panel.ts';
import { lineStyle, PAGE } from './line-styles.ts';
import { label, svgFigure } from './svg.ts';

export interface LineChart {
  title: string;
  /** What the chart shows, for those who do not see it. */
  description: string;
  xTitle: string;
  yTitle: string;
  /** Values at 1, 2, …; those that are not finite leave a gap. The i-th series always has the i-th style. */
  series: readonly { name: string; values: readonly number[] }[];
  /** Default: the range of the values plus a small margin. */
  range?: [number, number];
}

const WIDTH = 460;
const LEFT = 76;
const RIGHT = 14;
const HEIGHT = 220;

/**
 * Draws lines that can be told apart without colour, by dashes and markers, as an SVG to be inlined in a page (460
 * pixels wide, without a background; see `renderStrips`).
 */
export function renderLines({ title, description, xTitle, yTitle, series, range }: LineChart): string {
  const styled = series.map(({ name, values }, i) => ({ name, values, ...lineStyle(i) }));
  const width = WIDTH - LEFT - RIGHT;
  const y = 34 + legendHeight(styled, width);
  const panel = drawPanel({
    x: LEFT,
    y,
    width,
    height: HEIGHT,
    xTitle,
    left: { title: yTitle, series: styled, range },
    legend: true,
    palette: PAGE,
  });
  const heading = label(title, { x: LEFT, y: 18, 'font-weight': 'bold', fill: PAGE.ink });
  return svgFigure({ title, description, width: WIDTH, height: y + HEIGHT + 54 }, [heading, panel]);
}
