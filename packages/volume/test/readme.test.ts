import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@nnunet/testing';
import { readLabels, readVolume } from '@nnunet/volume/node';
import { expect, it, vi } from 'vitest';

const folder = temporaryFolder();

it('the example of the README runs and prints what it says', async () => {
  const image = fileURLToPath(new URL('../fixtures/hippocampus_165.nii.gz', import.meta.url));
  const bright = join(folder, 'bright.nii.gz');
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const code = /```ts\n([\s\S]*?)```/
    .exec(readme)![1]
    .replace("'case_0000.nii.gz'", `'${image}'`)
    .replace("'bright.nii.gz'", `'${bright}'`);
  const file = join(folder, 'example.ts');
  writeFileSync(file, code);
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import(/* @vite-ignore */ file);
  expect(log.mock.calls).toEqual([[[29, 49, 34], [1, 1, 1], 'RAS']]);
  log.mockRestore();
  const { data } = await readVolume(image);
  expect((await readLabels(bright)).data).toEqual(Uint8Array.from(data, (value) => (value > 100 ? 1 : 0)));
});
