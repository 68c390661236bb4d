import type { Palette } from './chart-panel.ts';
import type { MarkerShape } from './marker.ts';

/** Colours of an inlined figure: everything but the data follows the page's colour of text. */
export const PAGE: Palette & { accent: string } = {
  background: 'none',
  frame: 'var(--figure-frame, #8a8f98)',
  grid: 'var(--figure-grid, #e3e5e8)',
  ink: 'currentColor',
  quiet: 'var(--figure-quiet, #5c6370)',
  accent: '#0072b2',
};

/**
 * Colours that people with any colour vision can tell apart, and that stand out from white and from near black (Okabe
 * and Ito, "Color universal design", 2008, without the colours too light for white paper).
 */
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', 'currentColor', '#a6761d'];
const DASHES = [undefined, '9 4', '3 3', '10 3 2 3', '14 5', '6 2 2 2 2 2', '2 5'];
const MARKERS: readonly MarkerShape[] = ['circle', 'square', 'triangle', 'diamond', 'cross'];

/** Style of the i-th of several lines: colour, dashes and markers differ, so that colour is not needed. */
export function lineStyle(i: number): { color: string; dash: string | undefined; marker: MarkerShape } {
  return {
    color: COLORS[i % COLORS.length]!,
    dash: DASHES[i % DASHES.length],
    marker: MARKERS[i % MARKERS.length]!,
  };
}
