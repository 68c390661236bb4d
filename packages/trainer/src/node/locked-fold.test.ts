import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { FoldFolder } from './fold-folder.ts';
import { inLockedFold } from './locked-fold.ts';

const refuse = async () => {
  throw new Error('refused');
};

it('works in the folder of a fold while others are kept out, and gives what the work gives', async () => {
  const folder = new FoldFolder(join(temporaryFolder(), 'a', 'model'), 2);
  const result = await inLockedFold(folder, async () => {
    await expect(inLockedFold(folder, async () => 0)).rejects.toMatchObject({ tag: 'locked' });
    await writeFile(join(folder.path, 'made'), '');
    return 7;
  });
  expect(result).toBe(7);
  // Its lock is gone, and what it made is not.
  expect(await readdir(folder.path)).toEqual(['made']);
  expect(await inLockedFold(folder, async () => 8)).toBe(8);
});

it('removes what it made for work that was refused, and nothing that was there', async () => {
  const root = temporaryFolder();
  const folder = new FoldFolder(join(root, 'a', 'model'), 2);
  await expect(inLockedFold(folder, refuse)).rejects.toThrow('refused');
  expect(await readdir(root)).toEqual([]);
  await mkdir(join(root, 'a'));
  await expect(inLockedFold(folder, refuse)).rejects.toThrow('refused');
  expect(await readdir(root)).toEqual(['a']);
  expect(await readdir(join(root, 'a'))).toEqual([]);
  await mkdir(folder.path, { recursive: true });
  await expect(inLockedFold(folder, refuse)).rejects.toThrow('refused');
  expect(existsSync(folder.path)).toBe(true);
});

it('leaves what the work left before it was refused', async () => {
  const root = temporaryFolder();
  const folder = new FoldFolder(join(root, 'model'), 2);
  const work = async () => {
    await writeFile(join(root, 'model', 'plans.json'), '{}');
    return refuse();
  };
  await expect(inLockedFold(folder, work)).rejects.toThrow('refused');
  expect(await readdir(join(root, 'model'))).toEqual(['plans.json']);
});
