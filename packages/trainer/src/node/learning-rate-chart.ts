import type { LearningRatePoint } from '../learning-rate-finder.ts';

const WIDTH = 900;
const HEIGHT = 540;
const LEFT = 90;
const RIGHT = 30;
const TOP = 50;
const BOTTOM = 70;
/** v1 leaves out the first steps, and the last, where the loss has exploded. */
const SKIP_FIRST = 10;
const SKIP_LAST = 5;

/** The loss by the learning rate, on a logarithmic axis, as an SVG. */
export function learningRateChart(points: readonly LearningRatePoint[]): string {
  const inner = points.length > SKIP_FIRST + SKIP_LAST + 1 ? points.slice(SKIP_FIRST, -SKIP_LAST) : points;
  const shown = inner.filter(({ loss }) => Number.isFinite(loss));
  const exponents = shown.map(({ learningRate }) => Math.log10(learningRate));
  const losses = shown.map(({ loss }) => loss);
  const x = scale(exponents, LEFT, WIDTH - RIGHT);
  const y = scale(losses, HEIGHT - BOTTOM, TOP);
  const line = shown
    .map(({ learningRate, loss }) => `${x(Math.log10(learningRate)).toFixed(1)},${y(loss).toFixed(1)}`)
    .join(' ');
  const decades = whole(Math.min(...exponents), Math.max(...exponents));
  const levels = [0, 0.25, 0.5, 0.75, 1].map(
    (t) => Math.min(...losses) + t * (Math.max(...losses) - Math.min(...losses)),
  );
  const text = (content: string, at: string) =>
    `<text font-family="sans-serif" font-size="15" fill="#222222" ${at}>${content}</text>`;
  const grid = (x1: number, y1: number, x2: number, y2: number) =>
    `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#dddddd"/>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    ...decades.flatMap((d) => [
      grid(x(d), TOP, x(d), HEIGHT - BOTTOM),
      text(`1e${d}`, `x="${x(d)}" y="${HEIGHT - BOTTOM + 22}" text-anchor="middle"`),
    ]),
    ...levels.flatMap((level) => [
      grid(LEFT, y(level), WIDTH - RIGHT, y(level)),
      text(level.toPrecision(3), `x="${LEFT - 8}" y="${y(level) + 5}" text-anchor="end"`),
    ]),
    `<polyline points="${line}" fill="none" stroke="#1f4fd8" stroke-width="2"/>`,
    text('learning rate', `x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 20}" text-anchor="middle"`),
    text('loss + 1, smoothed', `x="${LEFT}" y="${TOP - 18}"`),
    '</svg>',
  ].join('\n');
}

function scale(values: readonly number[], from: number, to: number): (value: number) => number {
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  return (value) => from + ((value - low) / span) * (to - from);
}

function whole(low: number, high: number): number[] {
  const first = Math.ceil(low);
  return Array.from({ length: Math.max(0, Math.floor(high) - first + 1) }, (_, i) => first + i);
}
