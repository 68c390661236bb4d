import { element, round } from './svg.ts';

/** Signs that can be told apart without colour. */
export type MarkerShape = 'circle' | 'square' | 'triangle' | 'diamond' | 'cross';

const RADIUS = 4;

/** Draws a sign centred on a point. */
export function drawMarker(shape: MarkerShape, x: number, y: number, color: string): string {
  const r = RADIUS;
  switch (shape) {
    case 'circle':
      return element('circle', { cx: x, cy: y, r, fill: color });
    case 'square':
      return polygon(color, [x - r, y - r], [x + r, y - r], [x + r, y + r], [x - r, y + r]);
    case 'triangle':
      return polygon(color, [x, y - r * 1.2], [x + r * 1.15, y + r], [x - r * 1.15, y + r]);
    case 'diamond':
      return polygon(color, [x, y - r * 1.3], [x + r * 1.3, y], [x, y + r * 1.3], [x - r * 1.3, y]);
    case 'cross': {
      const [left, right, top, bottom] = [x - r, x + r, y - r, y + r].map(round);
      const d = `M${left} ${top}L${right} ${bottom}M${left} ${bottom}L${right} ${top}`;
      return element('path', { d, stroke: color, 'stroke-width': 2.2, fill: 'none' });
    }
  }
}

function polygon(fill: string, ...points: [number, number][]): string {
  return element('polygon', { points: points.map(([x, y]) => `${round(x)},${round(y)}`).join(' '), fill });
}
