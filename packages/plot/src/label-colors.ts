/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** v1's label colours in hexadecimal; the first is the background's. */
const HEX = '000000 4363d8 f58231 3cb44b e6194B 911eb4 ffe119 bfef45 42d4f4 f032e6 000075 9A6324 808000 800000 469990';

/**
 * The 15 colours of v1's overlays; the i-th label in sorted order has the i-th colour (v1:
 * `utilities/overlay_plots.py`).
 */
export const LABEL_COLORS: readonly Rgb[] = HEX.split(' ').map((hex) => {
  const value = Number.parseInt(hex, 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
});

/**
 * Assigns a colour to each label: sorted labels take the colours in turn, starting again after the last foreground
 * colour.
 */
export function colorsOf(labels: Iterable<number>): Map<number, Rgb> {
  const sorted = [...new Set(labels)].sort((a, b) => a - b);
  return new Map(sorted.map((label, i) => [label, colorAt(i)]));
}

function colorAt(index: number): Rgb {
  if (index < LABEL_COLORS.length) return LABEL_COLORS[index]!;
  return LABEL_COLORS[1 + ((index - 1) % (LABEL_COLORS.length - 1))]!;
}

/** `#rrggbb` */
export function cssColor([r, g, b]: Rgb): string {
  return `#${((r << 16) | (g << 8) | b).toString(16).padStart(6, '0')}`;
}
