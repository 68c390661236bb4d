import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';

const require = createRequire(import.meta.url);

/** PT Sans is one of this package's dependencies, so that text looks the same on machines without fonts. */
const FONT_FILES = [
  require.resolve('@expo-google-fonts/pt-sans/400Regular/PTSans_400Regular.ttf'),
  require.resolve('@expo-google-fonts/pt-sans/700Bold/PTSans_700Bold.ttf'),
];

/** Renders an SVG to the bytes of a PNG file, at `scale` pixels per unit. Default: 1. Text is set in PT Sans only. */
export function svgToPng(svg: string, options: { scale?: number } = {}): Uint8Array {
  const resvg = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: options.scale ?? 1 },
    font: { loadSystemFonts: false, fontFiles: FONT_FILES, defaultFontFamily: 'PT Sans', sansSerifFamily: 'PT Sans' },
  });
  return resvg.render().asPng();
}
