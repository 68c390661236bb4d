import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng, overlayPixels } from '@nnunet/plot';
import { resolveRoots } from '@nnunet/schema';
import { writePreparedCase } from '@nnunet/store';
import { openFiles, temporaryFolder } from '@nnunet/testing';
import { writeLabels, writeVolume } from '@nnunet/volume/node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plotTask } from './plot-task.ts';
import { listener } from './small-task.fixture.ts';

const root = temporaryFolder();
afterAll(() => expect(openFiles(root)).toEqual([]));
const roots = resolveRoots({
  env: { nnUNet_raw_data_base: join(root, 'raw'), nnUNet_preprocessed: join(root, 'preprocessed') },
});
const TASK = 'Task007_Slices';
const raw = join(root, 'raw', 'nnUNet_raw_data', TASK);
const prepared = join(root, 'preprocessed', TASK);
const grid = {
  shape: [2, 2, 3],
  spacing: [1, 1, 1],
  origin: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
} as const;

/** Two modalities of 2 slices of 2 x 3 voxels; the second slice has most foreground. */
const first = Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
const second = first.map((value) => (value * 5) % 13);
const labels = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0);
/** The second slice of an image with its labels. */
const picture = (image: Float32Array) =>
  Buffer.from(
    encodePng(
      overlayPixels({ data: image.slice(6), height: 2, width: 3 }, { data: labels.slice(6), height: 2, width: 3 }),
    ),
  );

beforeAll(async () => {
  for (const name of ['imagesTr', 'labelsTr']) mkdirSync(join(raw, name), { recursive: true });
  for (const id of ['b', 'a']) {
    await writeVolume(join(raw, 'imagesTr', `${id}_0000.nii.gz`), { ...grid, data: first });
    await writeVolume(join(raw, 'imagesTr', `${id}_0001.nii.gz`), { ...grid, data: second });
    await writeLabels(join(raw, 'labelsTr', `${id}.nii.gz`), labels, grid);
  }
  // Of the stage before the last, nothing is drawn.
  for (const stage of [0, 1]) mkdirSync(join(prepared, `nnUNetData_plans_v2.1_stage${stage}`), { recursive: true });
  const outside = Float32Array.from(labels, (label, i) => (i === 11 ? -1 : label));
  const shape = [...grid.shape];
  await writePreparedCase(join(prepared, 'nnUNetData_plans_v2.1_stage1'), 'c', {
    data: Float32Array.from([...first, ...second, ...outside]),
    shape: [3, 2, 2, 3],
    properties: {
      original_size_of_raw_data: shape,
      original_spacing: [1, 1, 1],
      list_of_data_files: [],
      seg_file: null,
      itk_origin: [0, 0, 0],
      itk_spacing: [1, 1, 1],
      itk_direction: [...grid.direction],
      crop_bbox: shape.map((n): [number, number] => [0, n]),
      classes: [0, 1, 2],
      size_after_cropping: shape,
      size_after_resampling: shape,
      spacing_after_resampling: [1, 1, 1],
    },
    locations: {},
  });
});

function draw(name: string, more: Partial<Parameters<typeof plotTask>[0]>) {
  const outputFolder = join(root, name);
  return plotTask({
    roots,
    task: '7',
    outputFolder,
    modality: 0,
    raw: true,
    workers: 2,
    reporter: listener(),
    ...more,
  });
}

it('draws the slice with most foreground of every raw case, of one modality', async () => {
  expect(await draw('raw0', {})).toBe(2);
  expect(readdirSync(join(root, 'raw0')).sort()).toEqual(['a.png', 'b.png']);
  for (const id of ['a', 'b']) expect(readFileSync(join(root, 'raw0', `${id}.png`))).toEqual(picture(first));
  expect(await draw('raw1', { modality: 1 })).toBe(2);
  expect(readFileSync(join(root, 'raw1', 'a.png'))).toEqual(picture(second));
});

it('draws prepared cases of the last stage, where what lies outside is background', async () => {
  for (const [modality, image] of [first, second].entries()) {
    expect(await draw(`prepared${modality}`, { raw: false, modality })).toBe(1);
    expect(readFileSync(join(root, `prepared${modality}`, 'c.png'))).toEqual(picture(image));
  }
});

it('tells how far it is, and refuses label maps of another size', async () => {
  const reporter = listener();
  await draw('told/deep', { workers: 1, reporter });
  expect(reporter.progressed).toEqual(['a', 'b'].map((note, i) => ({ what: 'drawing', done: i + 1, total: 2, note })));
  const sick = join(root, 'raw', 'nnUNet_raw_data', 'Task009_Sick');
  cpSync(raw, sick, { recursive: true });
  await writeLabels(join(sick, 'labelsTr', 'b.nii.gz'), labels, { ...grid, shape: [2, 3, 2] });
  for (const name of ['.c.nii.gz', 'c.txt']) writeFileSync(join(sick, 'labelsTr', name), '');
  const outputFolder = join(root, 'sick');
  mkdirSync(outputFolder);
  writeFileSync(join(outputFolder, 'b.png'), 'earlier');
  await expect(draw('sick', { task: '9', outputFolder })).rejects.toThrow(
    /^1 of 2 cases failed:\n- .*b_0000\.nii\.gz: image and label map differ in size: 2 x 2 x 3 and 2 x 3 x 2 voxels/,
  );
  expect(readdirSync(outputFolder)).toEqual(['a.png']);
});

it('refuses modalities that are not there, and tasks without cases', async () => {
  for (const modality of [-1, 0.5]) await expect(draw('none', { modality })).rejects.toMatchObject({ tag: 'usage' });
  await expect(draw('none', { raw: false, modality: 2 })).rejects.toThrow(/no modality 2: the case has 2/);
  await expect(draw('none', { modality: 2 })).rejects.toMatchObject({ tag: 'cases-failed' });
  mkdirSync(join(root, 'raw', 'nnUNet_raw_data', 'Task008_Empty'), { recursive: true });
  for (const [israw, where] of [
    [true, 'labelsTr'],
    [false, 'Task008_Empty'],
  ] as const)
    await expect(draw('none', { task: '8', raw: israw })).rejects.toMatchObject({
      tag: 'missing-file',
      where: expect.stringContaining(where),
    });
});
