import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@nnunet/testing';
import { readVolume } from '@nnunet/volume/node';
import { expect, it, vi } from 'vitest';

const folder = temporaryFolder();
const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

it('the example of the README runs and prints what it says', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const result = join(folder, 'series.nii.gz');
  const code = /```ts\n([\s\S]*?)```/
    .exec(readme)![1]
    .replace("'scan.nrrd'", `'${fixture('oblique_int16.nrrd')}'`)
    .replace("'series/'", `'${fixture('dicom_ct/')}'`)
    .replace("'series.nii.gz'", `'${result}'`);
  const file = join(folder, 'example.ts');
  writeFileSync(file, code);
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import(/* @vite-ignore */ file);
  expect(
    log.mock.calls.map((line) => line.map((part) => (Array.isArray(part) ? `[${part.join(', ')}]` : part)).join(' ')),
  ).toEqual([/console\.log.*\/\/ (.*)/.exec(readme)![1]]);
  log.mockRestore();
  expect(existsSync(result)).toBe(true);
  expect((await readVolume(result)).shape).toEqual([6, 6, 7]);
});
