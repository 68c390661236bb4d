import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it, vi } from 'vitest';

const folder = temporaryFolder();

it('the example of the README runs', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const checkpoint = new URL('../fixtures/zip.pt', import.meta.url).pathname;
  const code = /```ts\n([\s\S]*?)```/
    .exec(readme)![1]!
    .replace('model_final_checkpoint.model', checkpoint)
    .replace('state_dict', 'network');
  const file = join(folder, 'example.ts');
  writeFileSync(file, code);
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import(/* @vite-ignore */ file);
  expect(log.mock.calls.map((call) => call.slice(0, 3))).toContainEqual(['0.weight', 'float32', [2, 1, 3, 3]]);
  log.mockRestore();
});
