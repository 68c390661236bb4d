import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { defineConfig, type Options } from 'tsup';

/**
 * One build recipe for every package: ESM and types, a file for each entry of "exports"; src/node/*-worker.ts stay files
 * of their own since threads are started by path.
 */
export const build = defineConfig(modules);

/**
 * The same for a package with a page: besides, `src/browser/NAME.ts` become complete scripts for a browser, in
 * `dist/browser`.
 */
export function buildWithPage(names: readonly string[], esbuildPlugins: Options['esbuildPlugins'] = []) {
  const scripts: Options = {
    entry: names.map((name) => `src/browser/${name}.ts`),
    outDir: 'dist/browser',
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    splitting: false,
    clean: true,
    tsconfig: '../../tsconfig.json',
    outExtension: () => ({ js: '.js' }),
    esbuildPlugins,
  };
  // Both are built at once: each clears away its own files alone.
  return defineConfig(() => [{ ...modules(), clean: ['!browser/**'] }, scripts]);
}

function modules(): Options {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    exports: Record<string, { types?: string }>;
  };
  const entry: Record<string, string> = {};
  for (const { types } of Object.values(exports)) {
    const name = types?.slice('./dist/'.length, -'.d.ts'.length);
    if (name !== undefined) entry[name] = `src/${name}.ts`;
  }
  if (existsSync('src/node')) {
    for (const file of readdirSync('src/node')) {
      if (file.endsWith('-worker.ts')) entry[`node/${file.slice(0, -3)}`] = `src/node/${file}`;
    }
  }
  const dts = Object.fromEntries(Object.entries(entry).filter(([name]) => !name.endsWith('-worker')));
  return {
    entry,
    format: 'esm',
    dts: { entry: dts },
    target: 'node20',
    clean: true,
    sourcemap: false,
    splitting: true,
    tsconfig: '../../tsconfig.json',
  };
}
