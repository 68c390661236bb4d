import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, expect, it } from 'vitest';
import { updateReferences } from './model-references.ts';

let modelFolder: string;
let own: string;
let current: string;
beforeEach(() => {
  modelFolder = temporaryFolder();
  [own, current] = [join(modelFolder, 'gt_niftis'), join(modelFolder, 'today')] as const;
  for (const folder of [own, current]) mkdirSync(folder);
});

const put = (folder: string, content: string, ...ids: (string | number)[]) => {
  for (const id of ids) writeFileSync(join(folder, `${id}.nii.gz`), content);
};
async function update(rescore: boolean, folder: string | null = current): Promise<string[]> {
  const said: string[] = [];
  await updateReferences({ modelFolder, current: folder, rescore, onWarning: (text) => said.push(text) });
  return said;
}

it('says which labels have changed, of cases that both have, or takes them over', async () => {
  put(own, 'old', 'b', 'a', 'gone');
  put(current, 'new', 'b', 'a', 'added');
  for (const folder of [own, current]) {
    put(folder, 'same', 'c');
    writeFileSync(join(folder, 'notes.txt'), folder);
  }
  expect(await update(false)).toEqual([expect.stringMatching(/the labels of 2 cases have changed .*\(a, b\)/)]);
  expect(readFileSync(join(own, 'a.nii.gz'), 'utf8')).toBe('old');
  expect(await update(true)).toEqual([]);
  for (const [id, text] of [['a', 'new'], ['b', 'new'], ['c', 'same'], ['gone', 'old']]) // biome-ignore format: a table
    expect(readFileSync(join(own, `${id}.nii.gz`), 'utf8')).toBe(text);
  expect(readFileSync(join(own, 'notes.txt'), 'utf8')).toBe(own);
  expect(await update(false)).toEqual([]);
});

it('names five cases at most', async () => {
  put(own, 'old', 1, 2, 3, 4, 5, 6);
  put(current, 'new', 1, 2, 3, 4, 5, 6);
  expect(await update(false)).toEqual([
    expect.stringContaining('labels of 6 cases have changed since its validation (1, 2, 3, 4, 5 and 1 more)'),
  ]);
});

it('has nothing to say where one of both is not there', async () => {
  put(own, 'old', 'a');
  expect([await update(true, null), await update(true, join(modelFolder, 'no'))]).toEqual([[], []]);
  const without = { modelFolder: join(modelFolder, 'other'), current, rescore: true };
  await updateReferences(without);
});
