import { PAGE } from './line-styles.ts';
import { element, label } from './svg.ts';
import { formatNumber, niceTicks, rangeOf, type Ticks } from './ticks.ts';

export interface HorizontalAxis {
  /** Position of a value in pixels. */
  toX: (value: number) => number;
  /** Grid lines from `top` to `bottom`, with the ticks' texts and the title below. */
  draw: (top: number, bottom: number) => string;
}

export interface AxisOptions {
  title: string;
  /** Left end and width in pixels. */
  x: number;
  width: number;
  /** The axis shows their range plus a small margin. */
  values: readonly number[];
  /** Whether equal ratios are equally wide. All values must be positive. */
  logarithmic?: boolean;
}

/** Height in pixels of what is below the bottom of the grid. */
export const AXIS_HEIGHT = 48;

/** An axis shared by rows. */
export function horizontalAxis({ title, x, width, values, logarithmic }: AxisOptions): HorizontalAxis {
  const scale = logarithmic ? Math.log10 : (value: number) => value;
  const [low, high] = rangeOf([values.map(scale)]) ?? [0, 1];
  const toX = (value: number): number => x + ((scale(value) - low) / (high - low)) * width;
  const count = Math.max(2, width / 80);
  const ticks = logarithmic ? logarithmicTicks(low, high, count) : niceTicks(low, high, count);
  const draw = (top: number, bottom: number): string => {
    const parts = ticks.values.map((value, i) => {
      const at = toX(value);
      return (
        element('line', { x1: at, y1: top, x2: at, y2: bottom, stroke: PAGE.grid }) +
        label(ticks.texts[i]!, { x: at, y: bottom + 18, 'text-anchor': 'middle', 'font-size': 13, fill: PAGE.quiet })
      );
    });
    parts.push(element('line', { x1: x, y1: bottom, x2: x + width, y2: bottom, stroke: PAGE.frame }));
    parts.push(label(title, { x: x + width / 2, y: bottom + 38, 'text-anchor': 'middle', fill: PAGE.ink }));
    return parts.join('');
  };
  return { toX, draw };
}

/** Ticks between 10^low and 10^high: powers of ten, with 2 and 5 times them where there is room; linear within a decade. */
function logarithmicTicks(low: number, high: number, count: number): Ticks {
  if (high - low < 1) return niceTicks(10 ** low, 10 ** high, count);
  const decades = Math.max(1, Math.ceil((high - low) / count));
  const factors = (high - low) * 3 <= count ? [1, 2, 5] : [1];
  const values: number[] = [];
  for (let power = Math.floor(low); power <= high; power += decades) {
    for (const factor of factors) {
      const value = factor * 10 ** power;
      if (Math.log10(value) >= low && Math.log10(value) <= high) values.push(value);
    }
  }
  return { values, texts: values.map((value) => formatNumber(value, value)) };
}
