import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it, vi } from 'vitest';

const folder = temporaryFolder();

it('the example of the README runs', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const plans = new URL('../fixtures/v1/plans.pkl', import.meta.url).pathname;
  const code = /```ts\n([\s\S]*?)```/
    .exec(readme)![1]!
    .replace("readFileSync('plans.pkl')", `readFileSync('${plans}')`);
  const file = join(folder, 'example.ts');
  writeFileSync(file, code);
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import(/* @vite-ignore */ file);
  expect(log.mock.calls).toEqual([[1]]);
  log.mockRestore();
});
