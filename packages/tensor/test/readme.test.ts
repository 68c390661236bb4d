import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it, vi } from 'vitest';

const folder = temporaryFolder();

it('the example of the README runs and prints what it says', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const code = /```ts\n([\s\S]*?)```/.exec(readme)![1].replaceAll("'case.npy'", `'${join(folder, 'case.npy')}'`);
  const file = join(folder, 'example.ts');
  writeFileSync(file, code);
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import(/* @vite-ignore */ file);
  expect(log.mock.calls).toEqual([['float16'], [[2, 10, 16]]]);
  log.mockRestore();
});
