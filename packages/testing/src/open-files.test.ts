import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openFiles } from './open-files.ts';
import { temporaryFolder } from './temporary-folder.ts';

it.runIf(process.platform === 'linux')('names the files of a folder that are open, until they are closed', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'a');
  writeFileSync(file, '');
  expect(openFiles(folder)).toEqual([]);
  const [first, second] = [await open(file), await open(file)];
  expect(openFiles(folder)).toEqual([file, file]);
  expect(openFiles(folder.slice(0, -1))).toEqual([]);
  await first.close();
  expect(openFiles(folder)).toEqual([file]);
  await second.close();
  expect(openFiles(folder)).toEqual([]);
});
