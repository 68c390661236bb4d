import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { collectReport } from './collect-report.ts';
import { csvTables } from './csv-tables.ts';
import { boxesOptions, writeBoxes } from './report.fixture.ts';

it('describes a raw data set: sizes, spacings, intensities and volumes of every case, and a gallery', async () => {
  const { roots } = await writeBoxes([1, 2, 3, 4]);
  const { task, dataset, plans, trainings } = await collectReport({ ...boxesOptions, roots });
  expect([task, plans, trainings]).toEqual(['Task900_Boxes', null, []]);
  expect(dataset).toMatchObject({
    name: 'Boxes',
    modalities: ['MRI'],
    labels: [
      { value: 1, name: 'left', color: '#4363d8' },
      { value: 2, name: 'right', color: '#f58231' },
    ],
    faults: [],
  });
  // 4 x 6 voxels of 3 mm³ times the width; half of the foreground has the intensity 100, half 200.
  expect(dataset!.cases).toEqual([
    ...[1, 2, 3, 4].map((wide, i) => ({
      id: `c${i}`,
      training: true,
      shape: [6, 10, 12],
      spacing: [3, 1, 1],
      intensities: [[100, 150, 200]],
      volumes: [72 * wide, 72 * wide],
    })),
    { id: 't0', training: false, shape: [6, 10, 12], spacing: [3, 1, 1], intensities: [null], volumes: [null, null] },
  ]);
  expect(dataset!.gallery.map(({ title }) => title)).toEqual([
    'c0: 0.144 ml of foreground',
    'c1: 0.288 ml of foreground',
    'c2: 0.432 ml of foreground',
    'c3: 0.576 ml of foreground',
  ]);
  expect(dataset!.gallery[0]).toMatchObject({
    source: expect.stringMatching(/^data:image\/svg\+xml,%3Csvg .*%3C\/svg%3E$/),
    alternative: 'Image of c0, slice 2 of 6, with its labels (left, right) in colour.',
  });
});

it('reports missing files as faults and goes on', async () => {
  const { roots, raw } = await writeBoxes([1, 2, 3]);
  await rm(join(raw, 'labelsTr/c1.nii.gz'));
  const { dataset } = await collectReport({ ...boxesOptions, roots });
  expect(dataset!.faults).toEqual([expect.stringMatching(/^Error: .*labelsTr\/c1\.nii\.gz/)]);
  expect(dataset!.cases.find(({ id }) => id === 'c1')!.volumes).toEqual([null, null]);
});

it('names an image that cannot be read, and shows the other cases', async () => {
  const { roots, raw } = await writeBoxes([1, 2, 3]);
  await writeFile(join(raw, 'imagesTr/c1_0000.nii.gz'), 'no image');
  const { dataset } = await collectReport({ ...boxesOptions, roots });
  expect(dataset!.faults).toContainEqual(expect.stringMatching(/^c1 could not be measured: .*c1_0000\.nii\.gz/));
  expect(dataset!.gallery.map(({ title }) => title)).toEqual([
    'c0: 0.144 ml of foreground',
    'c2: 0.432 ml of foreground',
  ]);
});

it('calls labels without a name by their values', async () => {
  const { roots, raw } = await writeBoxes([1]);
  const description = JSON.parse(await readFile(join(raw, 'dataset.json'), 'utf8'));
  await writeFile(join(raw, 'dataset.json'), JSON.stringify({ ...description, labels: { 0: '', 1: '', 2: ' ' } }));
  const { dataset } = await collectReport({ ...boxesOptions, roots });
  expect(dataset!.labels.map(({ name }) => name)).toEqual(['label 1', 'label 2']);
});

it('writes tables with quoted cells', async () => {
  const { roots } = await writeBoxes([1]);
  const data = await collectReport({ ...boxesOptions, roots });
  data.dataset!.labels[0]!.name = 'left, "upper"';
  expect(csvTables(data).dataset!.split('\n').slice(0, 2)).toEqual([
    'case,training,voxels_z,voxels_y,voxels_x,spacing_z_mm,spacing_y_mm,spacing_x_mm,' +
      'MRI_p00_5,MRI_median,MRI_p99_5,"left, ""upper""_mm3",right_mm3',
    'c0,true,6,10,12,3,1,1,100,150,200,72,72',
  ]);
});

it('refuses unknown tasks and configurations', async () => {
  const { roots } = await writeBoxes([1]);
  await expect(collectReport({ ...boxesOptions, roots, task: '901' })).rejects.toMatchObject({ tag: 'unknown-task' });
  const unknown = collectReport({ ...boxesOptions, roots, configurations: ['4d'] });
  await expect(unknown).rejects.toMatchObject({ tag: 'usage' });
});

it('describes the plans of a task: facts of every configuration, reasons, and a diagram', async () => {
  const { roots } = await writeBoxes([1, 2]);
  const folder = join(roots.preprocessed!, 'Task900_Boxes');
  await mkdir(folder, { recursive: true });
  const plans = tinyPlans([16, 16, 16]);
  await writeFile(join(folder, 'nnUNetPlansv2.1_plans_3D.json'), JSON.stringify(plans));
  const { plans: section } = await collectReport({ ...boxesOptions, roots });
  expect(section).toMatchObject({
    identifier: 'nnUNetPlansv2.1',
    configurations: [{ name: '3d_fullres' }],
    diagram: { source: expect.stringMatching(/^data:image\/svg\+xml,%3Csvg /), title: 'The planned networks' },
  });
  const facts = Object.fromEntries(section!.configurations[0]!.facts);
  expect(facts['Patch (voxels)']).toBe('16 × 16 × 16');
  expect(facts['Memory of a training step']).toMatch(/^about [\d.]+ [MG]B$/);
  expect(section!.sentences).toContainEqual({
    text: expect.stringMatching(/^3d_fullres: spacing /),
    details: expect.arrayContaining([expect.stringMatching(/^Patch 16 x 16 x 16, batch /)]),
  });
});
