import { defineConfig, type Options } from 'tsup';
import { build } from '../../tsup.base.ts';
import { licenseTexts } from './licenses/license-texts.ts';

/** What runs in the page: complete scripts for a browser, in `dist/browser`. */
const browser: Options = {
  entry: { 'browser/page': 'src/browser/page.ts', 'browser/viewer': 'src/browser/viewer.ts' },
  format: 'iife',
  platform: 'browser',
  target: 'es2022',
  minify: true,
  splitting: false,
  clean: false,
  metafile: false,
  tsconfig: '../../tsconfig.json',
  outExtension: () => ({ js: '.js' }),
  esbuildPlugins: [licenseTexts('dist/browser/third-party.txt'), withoutCodecs()],
};

/** Leaves out numcodecs, 1.4 MB of decompressors for Zarr: the page shows NIfTI alone. */
function withoutCodecs(): NonNullable<Options['esbuildPlugins']>[number] {
  return {
    name: 'without-codecs',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^numcodecs\// }, ({ path }) => ({ path, namespace: 'without-codecs' }));
      onLoad({ filter: /.*/, namespace: 'without-codecs' }, () => ({ contents: 'export default null' }));
    },
  };
}

export default defineConfig(async (overrides) => {
  const own = typeof build === 'function' ? await build(overrides) : build;
  // Both are built at once: neither clears away what the other wrote.
  return [...[own].flat().map((options) => ({ ...options, clean: ['!browser/**'] })), browser];
});
