import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applyPostprocessingToFolder } from '@nnunet/postprocess/node';
import type { Configuration } from '@nnunet/schema';
import { readLabels } from '@nnunet/volume/node';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PredictImagesOptions } from './predict-options.ts';
import { smallExperiment } from './small-experiment.fixture.ts';
import { SHAPE } from './small-task.fixture.ts';
import { splitTask } from './split-task.ts';
import type { TrainModelOptions } from './train-task.ts';

const experiment = smallExperiment();
const { task, reporter, root, roots, raw, prepare } = experiment;
const lowres = experiment.folderOf('3d_lowres');

function train(configuration: Configuration, fold: string, more: Partial<TrainModelOptions> = {}) {
  return experiment.train(configuration, fold, { evaluate: false, ...more });
}

function predictTest(outputFolder: string, more: Partial<PredictImagesOptions> = {}) {
  return experiment.predictTest(outputFolder, '3d_cascade_fullres', more);
}

beforeAll(prepare);

describe('a cascade, from training to prediction', () => {
  it('needs the folds of 3d_lowres, and says which', async () => {
    await expect(train('3d_lowres', '0')).rejects.toThrow(/nnUNet_splits/);
    await splitTask({ roots, task, folds: 2, seed: 12345, overwrite: false, reporter });
    await expect(train('3d_cascade_fullres', '0')).rejects.toThrow(
      /seg from prev stage missing[\s\S]*2 of 2[\s\S]*Train fold 0, 1 of 3d_lowres: nnUNet_train 3d_lowres/,
    );
    await train('3d_lowres', 'all');
    expect(existsSync(join(lowres, 'pred_next_stage'))).toBe(false);
    await expect(train('3d_cascade_fullres', '0')).rejects.toThrow(/fold "all" cannot provide them/);
    await train('3d_lowres', '0');
    await expect(train('3d_cascade_fullres', '0')).rejects.toThrow(/1 of 2[\s\S]*Train fold 1 of 3d_lowres/);
    await train('3d_lowres', '1', { predictNextStage: false });
    await expect(train('3d_cascade_fullres', '0')).rejects.toThrow(
      /with the finished fold 1: .* 1 `plansIdentifier` nnUNetPlansv2.1_gpu0.1GB `validationOnly`/,
    );
    await train('3d_lowres', '1', { validationOnly: true });
  });

  it('trains, validates and decides on postprocessing', async () => {
    const { foldFolder, scores } = await train('3d_cascade_fullres', '0', { evaluate: true });
    expect(scores?.table).toMatch(/^Dice +\S.*\n(.*\n)+mean foreground Dice: /);
    expect(existsSync(scores!.summaryFile)).toBe(true);
    expect(await readdir(foldFolder)).toEqual(
      expect.arrayContaining(['postprocessing.json', 'validation_raw', 'validation_raw_postprocessed']),
    );
    const decision = JSON.parse(await readFile(join(foldFolder, 'postprocessing.json'), 'utf8'));
    expect(decision.num_samples).toBe(1);
  });

  it('does not train on what an earlier model of 3d_lowres has predicted, or on a half of it', async () => {
    const record = join(lowres, 'pred_next_stage/fold_0.json');
    const written = await readFile(record, 'utf8');
    await writeFile(record, written.replace('"finished": true', '"finished": false'));
    await expect(train('3d_cascade_fullres', '0')).rejects.toThrow(/fold_0 of 3d_lowres has not finished predicting/);
    await writeFile(record, written);
    await train('3d_lowres', '0', {
      predictNextStage: false,
      settings: { epochs: 1, iterationsPerEpoch: 2, batchSize: 1 },
    });
    await expect(train('3d_cascade_fullres', '0')).rejects.toThrow(
      /the predictions of fold_0 of 3d_lowres for the cascade were made by an earlier model.*\n.*3d_lowres TRAINER TASK 0 `validationOnly`/,
    );
    await train('3d_lowres', '0', { validationOnly: true });
    await train('3d_cascade_fullres', '0');
  });

  it('predicts with 3d_lowres first, or with segmentations that are given', async () => {
    expect(await predictTest('first')).toMatchObject({ predicted: 1, skipped: 0 });
    expect(Number(await readFile(join(root, 'first/prediction_time.txt'), 'utf8'))).toBeGreaterThan(0);
    const given = join(root, 'first/3d_lowres_predictions');
    expect(await readdir(given)).toContain('ball_2.nii.gz');
    await predictTest('second', { lowresSegmentations: given });
    const first = await readLabels(join(root, 'first/ball_2.nii.gz'));
    const second = await readLabels(join(root, 'second/ball_2.nii.gz'));
    expect(first.shape).toEqual([...SHAPE]);
    expect(second.data).toEqual(first.data);
    expect(existsSync(join(root, 'second/3d_lowres_predictions'))).toBe(false);
  });

  it("applies the model's postprocessing to its predictions", async () => {
    const model = join(lowres, 'postprocessing.json');
    const decision = { entries: [1], minimumSizes: null };
    const lowresOnly = { configuration: '3d_lowres' as const, folds: ['0'] };
    await predictTest('raw', lowresOnly);
    await writeFile(model, JSON.stringify({ for_which_classes: decision.entries, min_valid_object_sizes: null }));
    await predictTest('cleaned', lowresOnly);
    await rm(model);
    expect(existsSync(join(root, 'cleaned/postprocessing.json'))).toBe(true);
    const folder = join(root, 'raw');
    await applyPostprocessingToFolder({ inputFolder: folder, outputFolder: folder, rule: decision, workers: 1 });
    const expected = await readLabels(join(folder, 'ball_2.nii.gz'));
    const found = await readLabels(join(root, 'cleaned/ball_2.nii.gz'));
    expect(found.data).toEqual(expected.data);
  });

  it('refuses what does not go together', async () => {
    await expect(predictTest('x', { numParts: 2 })).rejects.toThrow(/`configuration` 3d_lowres first/);
    await expect(predictTest('x', { configuration: '3d_lowres', lowresSegmentations: raw })).rejects.toThrow(
      /`lowresSegmentations`/,
    );
    await expect(predictTest('x', { cascadeTrainer: 'nnUNetTrainerV2' })).rejects.toThrow(/this model does not exist/);
    expect(existsSync(join(root, 'x'))).toBe(false);
    const images = join(raw, 'imagesTs');
    await expect(predictTest('x', { outputFolder: images })).rejects.toThrow(/image folder is also the output folder/);
    expect(existsSync(join(images, '3d_lowres_predictions'))).toBe(false);
  });

  it('keeps no model where none is wanted', async () => {
    const { foldFolder } = await train('3d_lowres', '1', {
      trainer: 'nnUNetTrainerV2_noMirroring',
      disableSaving: true,
      evaluate: true,
      decidePostprocessing: false,
      validationFolder: 'elsewhere',
    });
    expect((await readdir(foldFolder)).filter((name) => name.endsWith('.safetensors'))).toEqual([]);
    expect(existsSync(join(foldFolder, 'elsewhere/summary.json'))).toBe(true);
    expect(existsSync(join(foldFolder, 'postprocessing.json'))).toBe(false);
  });

  it('starts with the weights of another model', async () => {
    const pretrainedWeights = join(lowres, 'fold_0/model_final_checkpoint.safetensors');
    const options = {
      pretrainedWeights,
      settings: { epochs: 1, iterationsPerEpoch: 1, batchSize: 1, initialLearningRate: 1e-30 },
    };
    const { foldFolder } = await train('3d_fullres', '0', options);
    const bytes = await Promise.all(
      [pretrainedWeights, join(foldFolder, 'model_final_checkpoint.safetensors')].map((file) => readFile(file)),
    );
    const { decodeCheckpoint } = await import('@nnunet/inference/internal');
    const [given, kept] = bytes.map(
      (b) => decodeCheckpoint(b, '').weights.get('conv_blocks_context.0.blocks.0.conv.weight')!,
    );
    expect(kept).toEqual(given);
    await expect(train('3d_fullres', '0', { ...options, validationOnly: true })).rejects.toThrow(/`pretrainedWeights`/);
  });
});
