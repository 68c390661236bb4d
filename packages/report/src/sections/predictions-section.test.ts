import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeNpzFile } from '@nnunet/tensor/node';
import { writeLabels, writeVolume } from '@nnunet/volume/node';
import { beforeEach, expect, it } from 'vitest';
import { collectReport } from '../collect-report.ts';
import { boxes, boxesOptions, GEOMETRY, imageOf, SHAPE, writeBoxes } from '../report.fixture.ts';

const IDS = ['t0', 't1', 't2', 't3', 't4', 't5'];
let task: Awaited<ReturnType<typeof writeBoxes>>;
let predictions: string;

beforeEach(async () => {
  task = await writeBoxes([2, 2, 2, 2, 2, 2]);
  predictions = join(task.root, 'predicted');
  await mkdir(predictions);
  for (const id of IDS) {
    await writeVolume(join(task.raw, `imagesTs/${id}_0000.nii.gz`), { ...GEOMETRY, data: imageOf(boxes(2)) });
    await writeLabels(join(predictions, `${id}.nii.gz`), boxes(2), GEOMETRY);
  }
});

async function predicted(changes: { references?: string } = {}) {
  const data = await collectReport({
    roots: task.roots,
    ...boxesOptions,
    predicted: { predictions, ...changes },
    cases: 1,
  });
  return { ...data, shown: data.predictions?.cases ?? [] };
}

it('puts first a case about which the folds disagree, and maps where', async () => {
  for (const id of IDS) {
    for (const fold of [0, 1]) {
      await mkdir(join(predictions, `fold_${fold}`), { recursive: true });
      // The second fold sees nothing in t4.
      const labels = id === 't4' && fold === 1 ? boxes(0) : boxes(2);
      await writeLabels(join(predictions, `fold_${fold}/${id}.nii.gz`), labels, GEOMETRY);
    }
  }
  const { shown } = await predicted();
  expect(shown.map(({ id, disagreement }) => [id, disagreement])).toEqual([
    ['t4', 1],
    ...IDS.filter((id) => id !== 't4').map((id) => [id, 0]),
  ]);
  expect(shown[0]).toMatchObject({
    disagreementOf: 'folds',
    volumes: { 1: 144, 2: 144 },
    components: { 1: 1, 2: 1 },
    remarks: ['The folds disagree much more than in other cases (1; median 0).'],
  });
  expect(shown[0]!.pictures.map(({ title }) => title)).toEqual([
    'Image, slice 2 of 6',
    'Prediction',
    'Disagreement of the folds',
  ]);
  expect(shown.slice(1).every(({ pictures, volume }) => pictures.length === 0 && volume === null)).toBe(true);
});

it('takes the entropy of stored probabilities, which cover the cropped image', async () => {
  const [nz, ny, nx] = SHAPE;
  const crop = [
    [1, 5],
    [0, ny],
    [0, nx],
  ];
  const voxels = 4 * ny * nx;
  for (const [i, id] of IDS.entries()) {
    // Equal probabilities in t2, certain foreground in the others.
    const data = Float32Array.from({ length: 3 * voxels }, (_, at) =>
      i === 2 ? 1 / 3 : at < voxels ? 0 : at < 2 * voxels ? 1 : 0,
    );
    await writeNpzFile(join(predictions, `${id}.npz`), { softmax: { data, shape: [3, 4, ny, nx], dtype: 'float32' } });
    const properties = {
      original_size_of_raw_data: [nz, ny, nx],
      original_spacing: [3, 1, 1],
      list_of_data_files: [],
      seg_file: null,
      itk_origin: [0, 0, 0],
      itk_spacing: [1, 1, 3],
      itk_direction: [...GEOMETRY.direction],
      crop_bbox: crop,
      classes: [],
      size_after_cropping: [4, ny, nx],
    };
    await writeFile(join(predictions, `${id}.json`), JSON.stringify(properties));
  }
  const { shown } = await predicted();
  expect(shown.map(({ id }) => id)).toEqual(['t2', 't0', 't1', 't3', 't4', 't5']);
  expect(shown[0]).toMatchObject({ disagreement: expect.closeTo(1, 6), disagreementOf: 'probabilities' });
  expect(shown[1]).toMatchObject({ disagreement: 0, remarks: [] });
  expect(shown[0]!.pictures.at(-1)!.title).toBe('Doubt of the model');
});

it('knows no disagreement without either, and names a case that cannot be read first', async () => {
  await writeFile(join(predictions, 't5.nii.gz'), 'no image');
  const { shown, cases } = await predicted();
  expect(cases).toEqual([]);
  expect(shown.map(({ id }) => id)).toEqual(['t5', 't0', 't1', 't2', 't3', 't4']);
  expect(shown[0]).toMatchObject({
    volumes: {},
    remarks: [expect.stringMatching(/^[^\n]*t5\.nii\.gz: [^\n]+\. [^\n]+$/)],
  });
  expect(shown[1]).toMatchObject({ disagreement: null, disagreementOf: null, remarks: [] });
});

it('scores the cases that have references, and shows the others without', async () => {
  const references = join(task.root, 'references');
  await mkdir(references);
  for (const id of ['t0', 't1'])
    await writeLabels(join(references, `${id}.nii.gz`), boxes(id === 't0' ? 2 : 1), GEOMETRY);
  const { cases, shown, scores } = await predicted({ references });
  expect(shown.map(({ id }) => id)).toEqual(['t2', 't3', 't4', 't5']);
  // The boxes of t1 are half as wide as predicted: label 1 covers both of its labels.
  expect(cases.map(({ id, dice }) => [id, dice])).toEqual([
    ['t1', { 1: 2 / 3, 2: 0 }],
    ['t0', { 1: 1, 2: 1 }],
  ]);
  expect(scores!.candidates).toEqual([]);
  expect(scores!.test!.Dice).toEqual({ 1: { t0: 1, t1: 2 / 3 }, 2: { t0: 1, t1: 0 } });
});
