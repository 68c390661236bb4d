import { createHash } from 'node:crypto';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashSettings } from '@nnunet/store/internal';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { RULES, requireUnchanged, sourcesOfCropped, sourcesToPrepare, stateOfRawCase } from './case-sources.ts';

function files(contents: Record<string, string>): string {
  const folder = temporaryFolder();
  for (const name of ['imagesTr', 'labelsTr']) mkdirSync(join(folder, name));
  for (const [name, text] of Object.entries(contents)) writeFileSync(join(folder, name), text);
  return folder;
}

it('knows the files of a case by folder, name and hash, and notices changes', async () => {
  const folder = files({ 'imagesTr/a_0000.nii': 'one', 'imagesTr/a_0001.nii': 'two', 'labelsTr/a.nii': 'three' });
  const [first, second, labels] = ['imagesTr/a_0000.nii', 'imagesTr/a_0001.nii', 'labelsTr/a.nii'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  const state = await stateOfRawCase({ id: 'a', images: [first, second], labels });
  expect(Object.keys(state.hashes)).toEqual(['imagesTr/a_0000.nii', 'imagesTr/a_0001.nii', 'labelsTr/a.nii']);
  expect(new Set(Object.values(state.hashes)).size).toBe(3);
  expect(Object.keys(state.stamps)).toEqual([first, second, labels]);
  const alone = await stateOfRawCase({ id: 'a', images: [first], labels: null });
  expect(alone.hashes).toEqual({ 'imagesTr/a_0000.nii': state.hashes['imagesTr/a_0000.nii'] });
  await requireUnchanged(state.stamps);

  utimesSync(second, 1000, 1000);
  await expect(requireUnchanged(state.stamps)).rejects.toMatchObject({ tag: 'changed-file', where: second });
  await requireUnchanged(alone.stamps);
  const missing = { id: 'b', images: [join(folder, 'none.nii')], labels: null };
  await expect(stateOfRawCase(missing)).rejects.toMatchObject({ tag: 'missing-file', where: missing.images[0] });
});

it('stops hashing when aborted', async () => {
  const folder = files({ 'imagesTr/a.nii': 'x'.repeat(1000) });
  const signal = AbortSignal.abort();
  const state = stateOfRawCase({ id: 'a', images: [join(folder, 'imagesTr/a.nii')], labels: null }, { signal });
  await expect(state).rejects.toThrow(/abort/);
});

it('takes a cropped case for its sources where it tells them, else for its array', async () => {
  const folder = files({ 'a.npz': 'array' });
  const settings = { plans: 'p' };
  expect(await sourcesOfCropped(folder, 'a')).toBeNull();
  const unknown = await sourcesToPrepare(folder, 'a', settings);
  expect(unknown).toEqual({ plans: 'p', ...RULES, 'cropped case': createHash('sha256').update('array').digest('hex') });
  const made_from = { 'imagesTr/a.nii': 'h' };
  const properties = {
    original_size_of_raw_data: [1, 1, 1],
    original_spacing: [1, 1, 1],
    list_of_data_files: [],
    seg_file: null,
    itk_origin: [0, 0, 0],
    itk_spacing: [1, 1, 1],
    itk_direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    crop_bbox: [
      [0, 1],
      [0, 1],
      [0, 1],
    ],
    classes: [0],
    size_after_cropping: [1, 1, 1],
    made_from,
  };
  writeFileSync(join(folder, 'a.json'), JSON.stringify(properties));
  expect(await sourcesOfCropped(folder, 'a')).toEqual(made_from);
  expect((await sourcesToPrepare(folder, 'a', settings))['cropped case']).toBe(hashSettings(made_from));
});
