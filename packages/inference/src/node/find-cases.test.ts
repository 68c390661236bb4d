import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { temporaryFolder } from '@nnunet/testing';
import { registerFormat } from '@nnunet/volume';
import { describe, expect, it } from 'vitest';
import { findCases } from './find-cases.ts';

async function folderWith(...names: string[]): Promise<string> {
  const folder = temporaryFolder();
  for (const name of names) await writeFile(join(folder, name), '');
  return folder;
}

describe('findCases', () => {
  it('finds the cases sorted, their modalities in order, and names files left over', async () => {
    const folder = await folderWith(
      'b_0001.nii.gz',
      'b_0000.nii.gz',
      'a_0000.nii.gz',
      'a_0001.nii.gz',
      'a_0002.nii.gz',
    );
    const { cases, extra } = await findCases(folder, 2);
    expect(cases).toEqual([
      { id: 'a', images: [join(folder, 'a_0000.nii.gz'), join(folder, 'a_0001.nii.gz')] },
      { id: 'b', images: [join(folder, 'b_0000.nii.gz'), join(folder, 'b_0001.nii.gz')] },
    ]);
    expect(extra).toEqual(['a_0002.nii.gz']);
  });

  it('names every missing file', async () => {
    const folder = await folderWith('a_0000.nii.gz', 'b_0001.nii.gz');
    const error = await findCases(folder, 2).catch((e: unknown) => e);
    expect(isNnUNetError(error, 'missing-files')).toBe(true);
    expect((error as Error).message).toContain('a_0001.nii.gz, b_0000.nii.gz');
  });

  it('names images whose name ends in no modality', async () => {
    const folder = await folderWith('a_0000.nii.gz', 'hippocampus_017.nii.gz');
    const error = await findCases(folder, 1).catch((e: unknown) => e);
    expect(isNnUNetError(error, 'bad-image-name')).toBe(true);
    expect((error as Error).message).toContain('hippocampus_017.nii.gz');
    expect((error as Error).message).not.toContain('a_0000');
  });

  it('takes names in capitals', async () => {
    const folder = await folderWith('A_0000.NII.GZ', 'b_0000.Nii');
    const { cases } = await findCases(folder, 1);
    expect(cases).toEqual([
      { id: 'A', images: [join(folder, 'A_0000.NII.GZ')] },
      { id: 'b', images: [join(folder, 'b_0000.Nii')] },
    ]);
  });

  it('tells an empty folder from none', async () => {
    const folder = await folderWith('notes.txt');
    expect(isNnUNetError(await findCases(folder, 1).catch((e: unknown) => e), 'no-images')).toBe(true);
    expect(isNnUNetError(await findCases(`${folder}/x`, 1).catch((e: unknown) => e), 'missing-folder')).toBe(true);
  });

  it('takes images of registered formats for NIfTI files, and folders where one reads them', async () => {
    const folder = await folderWith('a_0000.nii.gz', 'b_0000.OTHER', 'c_0000.nii', 'd_0000.unknown', 'notes.other');
    for (const name of ['e_0000', 'f']) await mkdir(join(folder, name));
    const before = await findCases(folder, 1);
    expect(before.cases.map(({ id }) => id)).toEqual(['a', 'c']);
    const readPath = () => Promise.reject(new Error('not read here'));
    registerFormat({ extensions: ['.other', '/'], readPath });
    const { cases, extra } = await findCases(folder, 1);
    const names = ['a_0000.nii.gz', 'b_0000.OTHER', 'c_0000.nii', 'e_0000/'];
    expect(cases.flatMap(({ images }) => images)).toEqual(names.map((name) => join(folder, name)));
    expect(cases.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'e']);
    expect(extra).toEqual([]);
    await writeFile(join(folder, 'a_0000.other'), '');
    const error = await findCases(folder, 1).catch((e: unknown) => e);
    expect(isNnUNetError(error, 'ambiguous-images')).toBe(true);
    expect((error as Error).message).toContain('a_0000.nii.gz and a_0000.other');
  });
});
