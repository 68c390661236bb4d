import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { shippedTrainersV2 } from '../v2/trainer-registry-v2.ts';
import { TrainerV2 } from '../v2/trainer-v2.ts';
import { findLearningRate } from './find-learning-rate.ts';
import { FoldFolder, NAMES_V2 } from './fold-folder.ts';
import { foldTrial } from './fold-trial.ts';
import { forecastTraining } from './forecast-training.ts';
import { previewBatches } from './preview-batches.ts';
import { optionsInV2 } from './tiny-fold-v2.fixture.ts';
import { tinyFold, writeTinyTask } from './tiny-task.fixture.ts';
import { trainV2 } from './train-v2.ts';

const isPng = (file: string) => readFileSync(file).subarray(1, 4).equals(Buffer.from('PNG'));

it('forecasts a training by the rules of v2, and keeps nothing', async () => {
  const options = await optionsInV2(temporaryFolder());
  const forecast = await forecastTraining(options);
  expect(forecast).toMatchObject({
    batchSize: 2,
    patchSize: [8, 8, 8],
    memory: expect.stringMatching(/^a step of batch 2 needs about/),
    iterationsPerEpoch: 2,
    validationIterationsPerEpoch: 1,
    epochs: 2,
    validationCases: 0,
    validation: 0,
  });
  const { step, epoch, fold } = forecast;
  expect(step).toBeGreaterThan(0);
  expect(epoch).toBeGreaterThan(2 * step);
  expect(fold).toBeCloseTo(2 * epoch, 9);
  // The trainer's own number of epochs, and another batch.
  const short = { ...options, trainer: 'nnUNetTrainer_5epochs', settings: { batchSize: 3 } };
  expect(await forecastTraining(short)).toMatchObject({ epochs: 5, batchSize: 3 });
  expect(existsSync(options.modelFolder)).toBe(false);
});

it('draws the batches of a training by the rules of v2', async () => {
  const { onProgress: _, ...options } = await optionsInV2(temporaryFolder());
  const files = await previewBatches({ ...options, count: 2 });
  expect(files.map(isPng)).toEqual([true, true]);
  const { path } = new FoldFolder(options.modelFolder, 0, NAMES_V2);
  expect(files).toEqual([0, 1].map((i) => join(path, `preview_batch_${i}.png`)));
  expect(readdirSync(path).sort()).toEqual(['preview_batch_0.png', 'preview_batch_1.png']);
  const again = await previewBatches({ ...options, modelFolder: `${options.modelFolder}_again`, count: 1 });
  expect(readFileSync(again[0]!).equals(readFileSync(files[0]!))).toBe(true);
});

it('tries learning rates on a training by the rules of v2', async () => {
  const { onProgress: _, ...options } = await optionsInV2(temporaryFolder());
  const { points, file } = await findLearningRate({ ...options, fold: 'all', iterations: 20 });
  expect(points.length).toBeGreaterThan(5);
  expect(file).toBe(join(options.modelFolder, 'fold_all', 'lr_finder.png'));
  expect(isPng(file)).toBe(true);
  expect(readdirSync(join(options.modelFolder, 'fold_all'))).toEqual(['lr_finder.png']);
});

it.each([
  ['a trainer that is not known', { trainer: 'nnUNetTrainerV2' }, 'unknown-trainer'],
  ['references that are missing', { evaluate: true }, 'missing-references'],
  ['a step that does not fit the memory', { maxMemory: 1000 }, 'memory-limit'],
] as const)('refuses %s by the rules of v2 as the training does', async (_, more, tag) => {
  const options = { ...(await optionsInV2(temporaryFolder())), ...more };
  await expect(forecastTraining(options)).rejects.toMatchObject({ tag });
  await expect(trainV2(options)).rejects.toMatchObject({ tag });
  expect(existsSync(options.modelFolder)).toBe(false);
});

it('refuses references that are missing by the rules of v1, too', async () => {
  const root = temporaryFolder();
  const fold = tinyFold(root);
  const { preprocessedFolder } = fold;
  await writeTinyTask(preprocessedFolder, [0]);
  const trial = (evaluate: boolean) =>
    foldTrial({ ...fold, plans: tinyPlans([8, 8]), configuration: '2d', trainer: 'nnUNetTrainerV2', evaluate });
  const [first] = (await trial(true).data()).split.val;
  rmSync(join(preprocessedFolder, 'gt_segmentations', `${first}.nii.gz`));
  await expect(trial(true).data()).rejects.toMatchObject({ tag: 'missing-references' });
  expect((await trial(false).data()).split.val).toEqual([first]);
});

it('takes the recipe of a trainer of the user', async () => {
  class Small extends TrainerV2 {
    override recipe(batchSize: number) {
      return { ...super.recipe(batchSize), patchSize: [4, 4, 4] };
    }
  }
  const options = await optionsInV2(temporaryFolder());
  const trial = foldTrial({ ...options, trainer: 'Small', trainers: shippedTrainersV2.with(Small) });
  expect(trial.recipe(3, [])).toMatchObject({ batchSize: 3, patchSize: [4, 4, 4] });
});
