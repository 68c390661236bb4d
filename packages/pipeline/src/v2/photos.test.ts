import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readerFormats } from '@nnunet/formats/node';
import { readSummaryV2 } from '@nnunet/metrics/node';
import { png } from '@nnunet/plot/internal';
import { resolveRoots } from '@nnunet/schema';
import { rawFolder } from '@nnunet/schema/internal';
import { openPreparedCase } from '@nnunet/store';
import { temporaryFolder } from '@nnunet/testing';
import { shippedFormats } from '@nnunet/volume';
import { readLabels } from '@nnunet/volume/node';
import { beforeAll, expect, it, vi } from 'vitest';
import { predict } from '../predict.ts';
import { predictFiles } from '../predict-files.ts';
import { listener } from '../small-task.fixture.ts';
import { ensembleV2 } from './ensemble-files.ts';
import { evaluateByDatasetV2, evaluateLabelsV2 } from './evaluate-predictions.ts';
import { PHOTO, trainPhotos } from './photos.fixture.ts';
import { planAndPreprocessDatasetsV2 } from './plan-datasets.ts';
import { plotOverlaysV2 } from './plot-overlays.ts';
import { predictWithFolderV2 } from './predict-cases.ts';

vi.mock('@nnunet/fingerprint/v2', async (original) =>
  (await import('./few-samples.fixture.ts')).drawingFew(await original()),
);

const NAME = 'Dataset020_Photos';
const root = temporaryFolder();
const roots = resolveRoots({ root });
const raw = rawFolder(roots, NAME);
const prepared = join(root, 'nnUNet_preprocessed', NAME);
const readJson = (name: string) => JSON.parse(readFileSync(join(prepared, name), 'utf8'));
const model = join(root, 'nnUNet_results', NAME, 'nnUNetTrainer__nnUNetPlansTiny__2d');
const formats = shippedFormats.with(...readerFormats.NaturalImage2DIO!);
const reporter = listener();
const options = {
  roots,
  folds: ['0'],
  checkpoint: 'checkpoint_final.pth',
  stepSize: 0.5,
  mirroring: false,
  continuePrediction: false,
  numParts: 1,
  partId: 0,
  threads: { preparing: 0, writing: 0 },
  reporter,
};
const common = { roots, datasets: [20], workers: [1], reporter };

beforeAll(() => trainPhotos(roots, NAME, reporter));

const pixelsOf = (path: string) => png.decode(readFileSync(path));

it('takes the colours of a file as channels of one slice, and plans in 2D alone', async () => {
  const plans = readJson('nnUNetPlans.json');
  expect(plans.image_reader_writer).toBe('NaturalImage2DIO');
  expect(Object.keys(plans.configurations)).toEqual(['2d']);
  expect(plans.original_median_spacing_after_transp).toEqual([999, 1, 1]);
  expect(Object.keys(readJson('dataset_fingerprint.json').foreground_intensity_properties_per_channel)).toEqual(['0', '1', '2']); // biome-ignore format: a line
  const prepared0 = await openPreparedCase(join(prepared, 'nnUNetPlans_2d'), 'photo_0');
  expect(prepared0.shape).toEqual([4, 1, ...PHOTO]);
  await prepared0.close();
  expect(readdirSync(join(prepared, 'gt_segmentations'))).toContain('photo_0.png');
});

it('validates with label maps like those of the dataset', async () => {
  const folder = join(model, 'fold_0/validation');
  const names = readdirSync(folder).filter((name) => name.endsWith('.png'));
  expect(names).toHaveLength(1);
  expect(pixelsOf(join(folder, names[0]!))).toMatchObject({ width: PHOTO[1], height: PHOTO[0], channels: 1, depth: 8 });
  expect((await readSummaryV2(join(folder, 'summary.json'))).metric_per_case[0]!.prediction_file).toContain(names[0]!);
});

it('predicts, merges and scores photographs', async () => {
  const outputFolder = join(root, 'predicted');
  const images = join(raw, 'imagesTs');
  const work = { ...options, inputFolder: images, outputFolder, modelFolder: model, saveProbabilities: true };
  expect(await predictWithFolderV2(work)).toMatchObject({ predicted: 1, skipped: 0 });
  expect(readdirSync(outputFolder)).toEqual(expect.arrayContaining(['photo_5.png', 'photo_5.npz', 'photo_5.pkl']));
  expect(readdirSync(outputFolder)).not.toContain('photo_5.nii.gz');
  expect(pixelsOf(join(outputFolder, 'photo_5.png'))).toMatchObject({ width: PHOTO[1], height: PHOTO[0], depth: 8 });
  // A prediction was stopped just before it removed this.
  const unfinished = (folder: string) => writeFileSync(join(folder, 'photo_5.nii.gz'), '');
  unfinished(outputFolder);
  expect(await predictWithFolderV2({ ...work, continuePrediction: true })).toMatchObject({ predicted: 0, skipped: 1 });
  expect(readdirSync(outputFolder)).not.toContain('photo_5.nii.gz');

  const merged = join(root, 'merged');
  await ensembleV2({ folders: [outputFolder, outputFolder], outputFolder: merged, saveProbabilities: false, workers: 1, reporter }); // biome-ignore format: a line
  expect(pixelsOf(join(merged, 'photo_5.png')).data).toEqual(pixelsOf(join(outputFolder, 'photo_5.png')).data);

  const scoring = { reference: join(raw, 'labelsTs'), predictions: merged, chill: false, workers: 1, reporter };
  const files = { datasetFile: join(merged, 'dataset.json'), plansFile: join(merged, 'plans.json') };
  const scores = await evaluateByDatasetV2({ ...scoring, ...files });
  expect(scores.meanDice).toBeGreaterThanOrEqual(0);
  expect((await evaluateLabelsV2({ ...scoring, labels: [1] })).meanDice).toBe(scores.meanDice);

  // The commands of v1, for one photograph and for a folder.
  const v1 = { roots, modelFolder: model, checkpoint: 'checkpoint_final', saveSoftmax: false, partId: 0, numParts: 1, mirrorAxes: [], overwrite: false, reporter }; // biome-ignore format: a line
  const one = join(root, 'one.png');
  await predictFiles({ ...v1, inputs: [[join(images, 'photo_5_0000.png')]], output: one });
  expect(pixelsOf(one).data).toEqual(pixelsOf(join(outputFolder, 'photo_5.png')).data);
  await predictFiles({ ...v1, inputs: [[join(images, 'photo_5_0000.png')]], output: join(root, 'one.nii.gz') });
  expect((await readLabels(join(root, 'one.nii.gz'))).data).toEqual((await readLabels(one, formats)).data);
  const folder = { ...v1, inputFolder: images, outputFolder: join(root, 'folder') };
  expect(await predict(folder)).toMatchObject({ predicted: 1, skipped: 0 });
  expect(pixelsOf(join(root, 'folder/photo_5.png')).data).toEqual(pixelsOf(one).data);
  unfinished(join(root, 'folder'));
  expect(await predict(folder)).toMatchObject({ predicted: 0, skipped: 1 });
  expect(readdirSync(join(root, 'folder'))).not.toContain('photo_5.nii.gz');
  writeFileSync(join(root, 'folder/predicted_by.json'), '{"model": "another"}');
  await expect(predict(folder)).rejects.toMatchObject({ tag: 'other-model' });
});

it('draws any colour of raw photographs', async () => {
  const drawing = { roots, dataset: NAME, outputFolder: join(root, 'drawn'), raw: true, plans: 'nnUNetPlans', intensity: 0.6, workers: 1, reporter }; // biome-ignore format: a line
  expect(await plotOverlaysV2({ ...drawing, channel: 2 })).toBe(5);
  await expect(plotOverlaysV2({ ...drawing, channel: 3 })).rejects.toThrow('there is no channel 3: the case has 3');
});

it('counts channels, not files, and refuses label maps in colours', async () => {
  const other = rawFolder(roots, 'Dataset021_Wrong');
  cpSync(raw, other, { recursive: true });
  const verify = () =>
    planAndPreprocessDatasetsV2({ ...common, datasets: [21], clean: false, verify: true, preprocess: false, fingerprintWorkers: 1 }); // biome-ignore format: a line
  const description = readFileSync(join(other, 'dataset.json'), 'utf8');
  writeFileSync(join(other, 'dataset.json'), description.replace(',"2":"B"', ''));
  await expect(verify()).rejects.toThrow(/wrong number of channels[\s\S]*2 channels[\s\S]*3 channels in 1 file/);
  writeFileSync(join(other, 'dataset.json'), description);
  cpSync(join(other, 'imagesTr/photo_0_0000.png'), join(other, 'labelsTr/photo_0.png'));
  await expect(verify()).rejects.toThrow(/labelsTr\/photo_0\.png[\s\S]*has 3 numbers per voxel \(colours\)/);
  rmSync(other, { recursive: true });
  expect(existsSync(other)).toBe(false);
});
