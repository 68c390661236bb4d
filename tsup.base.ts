import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { defineConfig } from 'tsup';

/**
 * One build recipe for every package: ESM and types, a file for each entry of "exports"; src/node/*-worker.ts stay files
 * of their own since threads are started by path.
 */
export const build = defineConfig(() => {
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
});
