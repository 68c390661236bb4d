import { existsSync, readdirSync } from 'node:fs';
import { defineConfig } from 'tsup';

/**
 * One build recipe for every package: ESM and types; src/index.ts is the root
 * export, src/node/index.ts the '/node' export, src/node/*-worker.ts stay files
 * of their own since threads are started by path.
 */
export const build = defineConfig(() => {
  const entry: Record<string, string> = { index: 'src/index.ts' };
  if (existsSync('src/node/index.ts')) {
    entry['node/index'] = 'src/node/index.ts';
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
