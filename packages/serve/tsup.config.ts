import { defineConfig, type Options } from 'tsup';
import { build } from '../../tsup.base.ts';

/** What runs in the page: a complete script for a browser, in `dist/browser`. */
const browser: Options = {
  entry: { 'browser/page': 'src/browser/page.ts' },
  format: 'iife',
  platform: 'browser',
  target: 'es2022',
  minify: true,
  splitting: false,
  clean: false,
  tsconfig: '../../tsconfig.json',
  outExtension: () => ({ js: '.js' }),
};

export default defineConfig(async (overrides) => {
  const own = typeof build === 'function' ? await build(overrides) : build;
  // Both are built at once: neither clears away what the other wrote.
  return [...[own].flat().map((options) => ({ ...options, clean: ['!browser/**'] })), browser];
});
