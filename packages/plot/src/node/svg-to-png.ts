import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';

const require = createRequire(import.meta.url);

/** PT Sans is one of this package's dependencies, so that text looks the same on machines without fonts. */
const FONT_FILES = [
  require.resolve('@expo-google-fonts/pt-sans/400Regular/PTSans_400Regular.ttf'),
  require.resolve('@expo-google-fonts/pt-sans/700Bold/PTSans_700Bold.ttf'),
];

/** Pixels of a side that most programs can show. */
const LONGEST_SIDE = 16_384;

/**
 * Renders an SVG to the bytes of a PNG file, at `scale` pixels per unit (default: 1), or at fewer if a side would be
 * longer than 16,384 pixels, which many programs cannot show. Text is set in PT Sans only.
 */
export function svgToPng(svg: string, { scale = 1 }: { scale?: number } = {}): Uint8Array {
  const sides = /<svg[^>]* viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)?.slice(1).map(Number) ?? [];
  const resvg = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: Math.min(scale, LONGEST_SIDE / Math.max(1, ...sides)) },
    font: { loadSystemFonts: false, fontFiles: FONT_FILES, defaultFontFamily: 'PT Sans', sansSerifFamily: 'PT Sans' },
  });
  return resvg.render().asPng();
}
