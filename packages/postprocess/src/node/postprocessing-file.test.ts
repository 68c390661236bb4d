import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { readPostprocessing } from './postprocessing-file.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/v2/${name}`, import.meta.url));

it("reads v2's pickle, with labels as NumPy integers, a region as a tuple, and a list", async () => {
  const rule = { entries: [[1, 2]], minimumSizes: null, diagonal: true };
  expect(await readPostprocessing(fixture('postprocessing.pkl'))).toEqual(rule);
  expect(await readPostprocessing(fixture('postprocessing.json'))).toEqual(rule);
  expect((await readPostprocessing(fixture('three_steps.pkl'))).entries).toEqual([[1, 2], [1, 2], 2]);
});

it('refuses pickles that name other functions or hold something else', async () => {
  const folder = temporaryFolder();
  const pickled = async (text: string) => {
    await writeFile(join(folder, 'p.pkl'), `\x80\x02${text}.`, 'latin1');
    return readPostprocessing(join(folder, 'p.pkl'));
  };
  await expect(pickled('cos\nsystem\n')).rejects.toMatchObject({ tag: 'bad-pickle', where: join(folder, 'p.pkl') });
  await expect(pickled('K\x01')).rejects.toMatchObject({ tag: 'bad-postprocessing', where: join(folder, 'p.pkl') });
});
