import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';

const require = createRequire(import.meta.url);

/** PT Sans comes with this package's dependencies, so that texts look the same on a machine without any fonts. */
const FONT_FILES = [
  require.resolve('@expo-google-fonts/pt-sans/400Regular/PTSans_400Regular.ttf'),
  require.resolve('@expo-google-fonts/pt-sans/700Bold/PTSans_700Bold.ttf'),
];

/** Renders an SVG at `scale` pixels a unit (default 1) to a PNG file's bytes. Texts are set in PT Sans only. */
export function svgToPng(svg: string, options: { scale?: number } = {}): Uint8Array {
  const resvg = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: options.scale ?? 1 },
    font: { loadSystemFonts: false, fontFiles: FONT_FILES, defaultFontFamily: 'PT Sans', sansSerifFamily: 'PT Sans' },
  });
  return resvg.render().asPng();
}
