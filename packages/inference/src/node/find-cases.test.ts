import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { temporaryFolder } from '@nnunet/testing';
import { shippedFormats } from '@nnunet/volume';
import { describe, expect, it } from 'vitest';
import { findCases, requireCases } from './find-cases.ts';

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
    expect(isNnUNetError(error, 'missing-file')).toBe(true);
    expect((error as Error).message).toContain('a_0001.nii.gz, b_0000.nii.gz');
  });

  it('takes names without a number where there is one modality: of all images or of none', async () => {
    const folder = await folderWith('scan_b.nii.gz', 'a.nii', 'c.OTHER', '.d.nii', 'notes.txt');
    const formats = shippedFormats.with({
      extensions: ['.other'],
      readPath: () => Promise.reject(new Error('unread')),
    });
    const cases = ['a.nii', 'c.OTHER', 'scan_b.nii.gz'].map((name) => ({
      id: name.replace(/\.[^_]*$/, ''),
      images: [join(folder, name)],
    }));
    expect(await findCases(folder, 1, formats)).toEqual({ cases, extra: [] });
    await expect(findCases(folder, 2, formats)).rejects.toMatchObject({
      tag: 'bad-image-name',
      remedy: expect.stringContaining('CASE_0001'),
    });
    await writeFile(join(folder, 'x_0000.nii'), '');
    await expect(findCases(folder, 1, formats)).rejects.toMatchObject({
      tag: 'bad-image-name',
      what: expect.not.stringContaining('a.nii'),
      remedy: expect.stringContaining('or none of them'),
    });
    await expect(findCases(await folderWith('plans.nii'), 1)).rejects.toMatchObject({ tag: 'bad-case-id' });
  });

  it('names the modalities of missing files if their names are known', async () => {
    const folder = await folderWith('a_0000.nii.gz');
    await expect(findCases(folder, ['T1', 'FLAIR'])).rejects.toThrow('needs 2 images per case (T1, FLAIR), named');
    await expect(findCases(folder, 2)).rejects.toThrow('needs 2 images per case, named');
  });

  it('names images whose name ends in no modality', async () => {
    const folder = await folderWith('a_0000.nii.gz', 'hippocampus_017.nii.gz');
    const error = await findCases(folder, 1).catch((e: unknown) => e);
    expect(isNnUNetError(error, 'bad-image-name')).toBe(true);
    expect((error as Error).message).toContain('hippocampus_017.nii.gz');
    expect((error as Error).message).not.toContain('a_0000');
  });

  it('takes links to images, passes over hidden files and broken links, and counts modalities with four digits', async () => {
    const folder = await folderWith('.b_0000.nii.gz', 'x_0_0000.nii.gz', 'y_0000.nii.gz');
    await symlink(join(folder, 'y_0000.nii.gz'), join(folder, 'c_0000.nii'));
    await symlink(join(folder, 'nowhere'), join(folder, 'd_0000'));
    await symlink(folder, join(folder, 'e_0000.nii'));
    const { cases, extra } = await findCases(folder, 1);
    expect(cases.map(({ id }) => id)).toEqual(['c', 'x_0', 'y']);
    expect(extra).toEqual([]);
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

  it.each([
    [['a.png', 'b.png'], [], /it contains 2 \.png files\n.*PNG files are slices\. .*CASE_0000/],
    [['1.dcm'], [], /it contains 1 \.dcm file\n.*DICOM files are slices/],
    [['a.jpg', 'b.jpg', 'x.txt'], [], /2 \.jpg files and 1 \.txt file\n.*Convert them/],
    [['notes'], ['patient_a', 'patient_b'], /1 file without extension and 2 folders\n.*`patterns`/],
    [['1.nrrd', 'a.NII.GZ.txt'], [], /1 \.nrrd file and 1 \.txt file\n.*lower-case/],
    [['scan.mha', 'b.tif', 'c.tif', '.d.tif'], [], /2 \.tif files and 1 \.mha file\n.*lower-case/],
    [
      ['a.x', 'b.y', 'b.z', 'c.z', 'c.w', 'd.w', 'e.w'],
      [],
      /3 \.w files, 2 \.z files and 1 \.x file\n.*Give the folder/,
    ],
    [[], ['patient_a', '.hidden'], /it contains 1 folder\n.*for example patient_a_0000/],
    [[], [], /it contains nothing\n/],
  ])('says what is there in place of images: %j, folders %j', async (files, folders, message) => {
    const folder = await folderWith(...files);
    for (const name of folders) await mkdir(join(folder, name));
    const error = await findCases(folder, 1).catch((e: unknown) => e);
    expect(isNnUNetError(error, 'no-images')).toBe(true);
    expect((error as Error).message).toMatch(message);
  });

  it('tells a file from a folder, and refuses names that files of the program have', async () => {
    const folder = await folderWith('plans_0000.nii.gz');
    const file = join(folder, 'plans_0000.nii.gz');
    const error = await findCases(file, 1).catch((e: unknown) => e);
    expect(isNnUNetError(error, 'not-a-folder')).toBe(true);
    expect((error as Error).message).toContain(`${file}: is a file`);
    expect(isNnUNetError(await findCases(folder, 1).catch((e: unknown) => e), 'bad-case-id')).toBe(true);
  });

  it('takes images of other formats for NIfTI files, and folders where one reads them', async () => {
    const folder = await folderWith('a_0000.nii.gz', 'b_0000.OTHER', 'c_0000.nii', 'd_0000.unknown', 'notes.other');
    for (const name of ['e_0000', 'f']) await mkdir(join(folder, name));
    const before = await findCases(folder, 1);
    expect(before.cases.map(({ id }) => id)).toEqual(['a', 'c']);
    const readPath = () => Promise.reject(new Error('not read here'));
    const formats = shippedFormats.with({ extensions: ['.other', '/'], readPath });
    const { cases, extra } = await findCases(folder, 1, formats);
    const names = ['a_0000.nii.gz', 'b_0000.OTHER', 'c_0000.nii', 'e_0000/'];
    expect(cases.flatMap(({ images }) => images)).toEqual(names.map((name) => join(folder, name)));
    expect(cases.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'e']);
    expect(extra).toEqual([]);
    await writeFile(join(folder, 'a_0000.other'), '');
    const error = await findCases(folder, 1, formats).catch((e: unknown) => e);
    expect(isNnUNetError(error, 'ambiguous-images')).toBe(true);
    expect((error as Error).message).toContain('a_0000.nii.gz and a_0000.other');
  });
});

it('requires one image per channel of given cases, and different names', () => {
  const cases = [
    { id: 'a', images: ['x/a.nii', 'y/a.nii'] },
    { id: 'b', images: ['x/b.nii', 'y/b.nii'] },
  ];
  requireCases(cases, ['T1', 'T2']);
  expect(() => requireCases(cases, ['T1', 'T2', 'CT'])).toThrow(
    /^a: the model needs 3 images per case \(T1, T2, CT\), but 2 were given\n.*in this order/,
  );
  expect(() => requireCases(cases, ['CT'])).toThrow(/needs 1 image per case \(CT\), but 2 were given\n.*alone/);
  const twice = [
    { id: 'a', images: ['x/a.nii'] },
    { id: 'a', images: ['y/a.nii'] },
  ];
  expect(() => requireCases(twice, ['CT'])).toThrow(/x\/a\.nii and y\/a\.nii are two cases with the same name, a\n/);
  expect(() => requireCases([twice[0]!, twice[0]!], ['CT'])).toThrow(/^x\/a\.nii: this image is given twice\n/);
  expect(() => requireCases([{ id: 'plans', images: ['plans.nii'] }], ['CT'])).toThrow(/cannot be the name of a case/);
});
