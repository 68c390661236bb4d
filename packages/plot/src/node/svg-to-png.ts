import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';

/** PT Sans comes with this package's dependencies, so that texts look the same on a machine without any fonts. */
const FONT_FILES = ['400Regular/PTSans_400Regular.ttf', '700Bold/PTSans_700Bold.ttf'];

let fonts: string[] | undefined;

function fontFiles(): string[] {
  const { resolve } = createRequire(import.meta.url);
  fonts ??= FONT_FILES.map((file) => resolve(`@expo-google-fonts/pt-sans/${file}`));
  return fonts;
}

/** Renders an SVG at `scale` pixels a unit (default 1) to a PNG file's bytes. Texts are set in PT Sans only. */
export function svgToPng(svg: string, options: { scale?: number } = {}): Uint8Array {
  const resvg = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: options.scale ?? 1 },
    font: { loadSystemFonts: false, fontFiles: fontFiles(), defaultFontFamily: 'PT Sans', sansSerifFamily: 'PT Sans' },
  });
  return resvg.render().asPng();
}
