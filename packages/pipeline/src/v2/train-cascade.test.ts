import { copyFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readModelFolderV2 } from '@nnunet/inference/node/internal';
import { resolveRoots } from '@nnunet/schema';
import { preprocessedFolder } from '@nnunet/schema/internal';
import { readNpzFile } from '@nnunet/tensor/node';
import { temporaryFolder } from '@nnunet/testing';
import { beforeAll, expect, it, vi } from 'vitest';
import { listener, SHAPE } from '../small-task.fixture.ts';
import { writeTinyDataset } from './tiny-dataset.fixture.ts';
import { type TrainDatasetOptions, trainDataset } from './train-dataset.ts';

vi.mock('@nnunet/fingerprint/v2', async (original) =>
  (await import('./few-samples.fixture.ts')).drawingFew(await original()),
);

const NAME = 'Dataset008_Cascade';
const root = temporaryFolder();
const roots = resolveRoots({ root });
const modelOf = (configuration: string) => join(root, 'nnUNet_results', NAME, `nnUNetTrainer__nnUNetPlansTiny__${configuration}`); // biome-ignore format: a path

beforeAll(async () => {
  await writeTinyDataset(roots, NAME);
  const [first, second] = [['ball_0', 'ball_1', 'ball_2'], ['ball_3', 'ball_4']]; // biome-ignore format: a row
  const splits = [{ train: first, val: second }, { train: second, val: first }]; // biome-ignore format: a row
  writeFileSync(join(preprocessedFolder(roots, NAME), 'splits_final.json'), JSON.stringify(splits));
});

function train(configuration: string, fold: string, more: Partial<TrainDatasetOptions> = {}) {
  return trainDataset({
    roots,
    dataset: 8,
    configuration,
    fold,
    plansName: 'nnUNetPlansTiny',
    settings: { epochs: 1, iterationsPerEpoch: 2, validationIterationsPerEpoch: 1 },
    workers: 0,
    compute: { threads: 1, lowering: 'plain' },
    reporter: listener(),
    ...more,
  });
}

it('trains the second stage of a cascade with what the folds of the first have predicted', async () => {
  const folder = join(modelOf('3d_lowres'), 'predicted_next_stage/3d_cascade_fullres');
  const missing = { tag: 'missing-previous-stage', where: folder };
  await expect(train('3d_cascade_fullres', '0')).rejects.toMatchObject(missing);
  await train('3d_lowres', '0');
  // Fold 1 predicts the others.
  await expect(train('3d_cascade_fullres', '0')).rejects.toMatchObject({
    ...missing,
    what: expect.stringMatching(/ball_0/),
  });
  await train('3d_lowres', '1');
  const labelled = [0, 1, 2, 3, 4].map((id) => `ball_${id}_segFromPrevStage.npz`);
  expect(readdirSync(folder).sort()).toEqual([...labelled, 'fold_0.json', 'fold_1.json']);
  const labels = (await readNpzFile(join(folder, 'ball_3_segFromPrevStage.npz'))).get('data')!;
  expect(labels.shape).toEqual([...SHAPE]);
  expect([...new Set(labels.data as Uint8Array)].every((label) => label <= 2)).toBe(true);

  const { scores, foldFolder } = await train('3d_cascade_fullres', '0');
  expect(scores).toBeDefined();
  expect(readdirSync(join(foldFolder, 'validation'))).toEqual([
    'ball_3.nii.gz',
    'ball_4.nii.gz',
    'summary.json',
    'validation_args.json',
  ]);
  const { description } = await readModelFolderV2(modelOf('3d_cascade_fullres'));
  expect([description.previousLabels, description.network.inputChannels]).toEqual([[1, 2], 3]);
  // A model of the first stage that has predicted nothing yet.
  const final = join(modelOf('3d_lowres'), 'fold_1/checkpoint_final.pth');
  copyFileSync(join(modelOf('3d_lowres'), 'fold_0/checkpoint_final.pth'), final);
  await expect(train('3d_cascade_fullres', '1')).rejects.toMatchObject({
    tag: 'stale-previous-stage',
    where: join(folder, 'fold_1.json'),
    what: 'the predictions of fold_1 of 3d_lowres for the cascade were made by an earlier model than checkpoint_final.pth',
    remedy: `Predict again: nnUNetv2_train -tr nnUNetTrainer -p nnUNetPlansTiny ${NAME} 3d_lowres 1 \`validationOnly\`.`,
  });
  await train('3d_lowres', '1', { validationOnly: true });
  rmSync(join(folder, 'ball_4_segFromPrevStage.npz'));
  await expect(train('3d_cascade_fullres', '1')).rejects.toMatchObject({
    ...missing,
    what: expect.stringMatching(/missing: ball_4/),
  });
});
