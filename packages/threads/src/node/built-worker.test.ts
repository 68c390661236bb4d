import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { builtWorker } from './built-worker.ts';

it('finds a worker from sources, from the entries of the build and from a chunk beside them', () => {
  const folder = temporaryFolder();
  for (const part of ['src/node', 'dist/node']) mkdirSync(join(folder, part), { recursive: true });
  const url = (path: string) => pathToFileURL(join(folder, path)).href;
  const worker = join(folder, 'dist/node/my-worker.js');
  expect(() => builtWorker(url('src/node/pool.ts'), 'my-worker')).toThrow(worker);
  expect(() => builtWorker(url('dist/node/index.js'), 'my-worker')).toThrow(worker);
  writeFileSync(worker, '');
  expect(builtWorker(url('src/node/pool.ts'), 'my-worker')).toBe(worker);
  expect(builtWorker(url('dist/node/index.js'), 'my-worker')).toBe(worker);
  expect(builtWorker(url('dist/chunk-7.js'), 'my-worker')).toBe(worker);
});
