import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBestConfiguration } from '@nnunet/ensemble/node';
import { evaluateFolder } from '@nnunet/metrics/node';
import { tinyPlans } from '@nnunet/testing';
import { writeLabels } from '@nnunet/volume/node';
import { expect, it } from 'vitest';
import { collectReport } from './collect-report.ts';
import { renderReport } from './page/render-report.ts';
import { boxes, boxesOptions, GEOMETRY, SHAPE, writeBoxes } from './report.fixture.ts';

async function withLabels(raw: string, labels: Record<string, unknown>, more: object = {}): Promise<void> {
  const file = join(raw, 'dataset.json');
  const description = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify({ ...description, labels, ...more }));
}

const REGIONS = { background: 0, whole: [1, 2], right: 2 };

/** Predictions of the cases with labels 1 and 2 exchanged: the whole is right, and its part is not. */
async function writeExchanged(folder: string, widths: readonly number[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [i, wide] of widths.entries()) {
    const exchanged = boxes(wide).map((label) => [0, 2, 1][label]!);
    await writeLabels(join(folder, `c${i}.nii.gz`), exchanged, GEOMETRY);
  }
}

it('measures and scores regions by their names, in cross-validation and of test images', async () => {
  const { root, roots, raw } = await writeBoxes([1, 2]);
  await withLabels(raw, REGIONS, { regions_class_order: [1, 2] });
  const fold = join(root, 'nnUNet_results/nnUNet/2d/Task900_Boxes/nnUNetTrainerV2__nnUNetPlansv2.1/fold_0');
  const predictions = join(fold, 'validation_raw');
  await writeExchanged(predictions, [1, 2]);
  await evaluateFolder({ reference: join(raw, 'labelsTr'), predictions, labels: [1, 2], workers: 1 });
  const predicted = { predictions, references: join(raw, 'labelsTr'), images: join(raw, 'imagesTr') };
  const data = await collectReport({ ...boxesOptions, roots, predicted });

  expect(data.dataset!.labels).toEqual([
    { value: 'whole', labels: [1, 2], writes: 1, name: 'whole', color: '#4363d8' },
    { value: 'right', labels: [2], writes: 2, name: 'right', color: '#f58231' },
  ]);
  // 24 voxels of 3 mm³ times the width for each label.
  expect(data.dataset!.cases.map(({ volumes }) => volumes)).toEqual([[144, 72], [288, 144], [null, null]]); // biome-ignore format: a row
  expect(data.dataset!.gallery.map(({ title }) => title)).toEqual([
    'c0: 0.144 ml of foreground',
    'c1: 0.288 ml of foreground',
  ]);
  const [candidate] = data.scores!.candidates;
  expect(candidate).toMatchObject({
    dice: { whole: { c0: 1, c1: 1 }, right: { c0: 0, c1: 0 } },
    means: { whole: 1, right: 0 },
    mean: 0.5,
  });
  expect(data.trainings[0]!.folds[0]!.validation).toEqual({ whole: 1, right: 0 });
  expect(data.scores!.test!.Dice).toEqual({ whole: { c0: 1, c1: 1 }, right: { c0: 0, c1: 0 } });
  expect(Object.keys(data.scores!.test!)).toContain('Accuracy');
  expect(data.cases.map(({ dice }) => dice)).toEqual(Array(4).fill({ whole: 1, right: 0 }));
  // Regions that overlap are never exchanged.
  expect(data.cases.flatMap(({ remarks }) => remarks).filter((text) => /exchanged/.test(text))).toEqual([]);

  const page = renderReport(data);
  expect(page.includes('>whole</th><th scope="col" class="number">right</th>')).toBe(true);
  expect(page.includes('{&quot;value&quot;:2,&quot;name&quot;:&quot;right&quot;')).toBe(true);
  expect(/>label (\d|whole)/.test(page)).toBe(false);
});

it('finds the same configuration best as nnUNet_find_best_configuration', async () => {
  const { root, roots, raw } = await writeBoxes([1, 2]);
  await withLabels(raw, REGIONS, { regions_class_order: [1, 2] });
  const results = join(root, 'nnUNet_results');
  const plans = { ...tinyPlans([8, 8]), regions: [{ name: 'whole', values: [1, 2] }, { name: 'right', values: [2] }], regions_class_order: [1, 2] }; // biome-ignore format: a row
  // Label 1 is missed, or label 2 once more predicted on the other side: better by labels, and worse by regions.
  const changed = {
    '2d': (label: number) => (label === 1 ? 0 : label),
    '3d_fullres': (label: number, x: number) => (label === 0 && x === 11 ? 2 : label),
  };
  for (const [configuration, change] of Object.entries(changed)) {
    const model = join(results, 'nnUNet', configuration, 'Task900_Boxes/nnUNetTrainerV2__nnUNetPlansv2.1');
    const predictions = join(model, 'fold_0/validation_raw');
    await mkdir(predictions, { recursive: true });
    await mkdir(join(model, 'gt_niftis'));
    await writeFile(join(model, 'plans.json'), JSON.stringify(plans));
    for (const [i, wide] of [1, 2].entries()) {
      await writeLabels(join(model, `gt_niftis/c${i}.nii.gz`), boxes(wide), GEOMETRY);
      const labels = boxes(wide).map((label, v) => change(label, v % SHAPE[2]));
      await writeLabels(join(predictions, `c${i}.nii.gz`), labels, GEOMETRY);
    }
    await evaluateFolder({ reference: join(raw, 'labelsTr'), predictions, labels: [1, 2], workers: 1 });
  }
  const models = ['2d', '3d_fullres'];
  const best = async () => {
    const { scores } = await collectReport({ ...boxesOptions, roots, configurations: models });
    return scores!.candidates.map(({ name, means, best }) => ({ name, means, best }));
  };
  const before = await best();
  const found = await findBestConfiguration({ resultsFolder: results, task: '900', models, folds: [0], disableEnsembling: true, workers: 1 }); // biome-ignore format: a row
  expect(found.best.map(({ name }) => name)).toEqual(['2d']);
  expect(await best()).toEqual(before);
  expect(before).toEqual(found.candidates.map(({ name, dice }) => ({ name, means: dice, best: name === '2d' })));
});

it('leaves out of every score what nobody annotated', async () => {
  const { root, roots, raw } = await writeBoxes([1, 2]);
  await withLabels(raw, { 0: 'background', 1: 'left', 2: 'right', 3: 'ignore' });
  const predictions = join(root, 'predictions');
  await mkdir(predictions);
  for (const [i, wide] of [1, 2].entries()) {
    const labels = boxes(wide);
    // Only the lower half is annotated; above, the prediction has label 2 everywhere.
    const half = (SHAPE[0] / 2) * SHAPE[1] * SHAPE[2];
    await writeLabels(join(raw, `labelsTr/c${i}.nii.gz`), labels.map((label, v) => (v < half ? label : 3)), GEOMETRY); // biome-ignore format: a row
    await writeLabels(join(predictions, `c${i}.nii.gz`), labels.map((label, v) => (v < half ? label : 2)), GEOMETRY); // biome-ignore format: a row
  }
  const predicted = { predictions, references: join(raw, 'labelsTr'), images: join(raw, 'imagesTr') };
  const { dataset, scores, cases } = await collectReport({ ...boxesOptions, roots, predicted });
  expect(dataset!.labels.map(({ name }) => name)).toEqual(['left', 'right']);
  expect(dataset!.notes.at(-1)).toMatch(/^Voxels without annotation count nowhere/);
  expect(scores!.test!.Dice).toEqual({ 1: { c0: 1, c1: 1 }, 2: { c0: 1, c1: 1 } });
  for (const { remarks, pictures } of cases) {
    expect(remarks).toEqual([]);
    // The slice of a disagreement that counts: none, so the one with most foreground of the reference.
    expect(pictures[0]!.title).toMatch(/^Image, slice [23] of 6/);
  }
});
