import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSuccess, installExample, type Outcome, prepareDemo, runCommand } from './commands.ts';

const root = temporaryFolder();
const models = join(root, 'nnUNet_results/nnUNet/3d_fullres/Task004_Hippocampus');
const images = join(root, 'nnUNet_raw_data_base/nnUNet_raw_data/Task004_Hippocampus/imagesTs');

const own = installExample('own-trainer', temporaryFolder());
const plugin = join(own, 'src/plugin.mjs');

const train = (trainer: string, ...args: string[]): Outcome =>
  runCommand('nnUNet_train', ['3d_fullres', trainer, '4', '0', '--root', root, ...args]);
const short = ['--epochs', '1', '--iterations_per_epoch', '2', '--val_iterations_per_epoch', '1'];

beforeAll(() => prepareDemo(root, '-pl2d', 'None'));

describe('a trainer of the user', () => {
  it('trains by its name, and its model predicts without it', () => {
    const outcome = train('LightTrainer', '--plugin', plugin, '--disable_validation_inference', ...short);
    expectSuccess(outcome);
    const fold = join(models, 'LightTrainer__nnUNetPlansv2.1/fold_0');
    const debug = JSON.parse(readFileSync(join(fold, 'debug.json'), 'utf8'));
    expect(JSON.parse(debug.network)).toMatchObject({ norm: 'group', features: [8, 16, 32, 64] });
    expect(JSON.parse(debug.optimizer)).toMatchObject({ momentum: 0.95 });
    expect(JSON.parse(debug.recipe)).toMatchObject({ oversampleForeground: 0.5, blur: null, mirror: { axes: [0, 1] } });
    expect(JSON.parse(debug.settings)).toMatchObject({ epochs: 1, initialLearningRate: 0.02 });

    for (const name of readdirSync(images).slice(1)) rmSync(join(images, name));
    rmSync(own, { recursive: true });
    const out = join(root, 'predictions');
    const predicted = runCommand('nnUNet_predict', [
      ...['-i', images, '-o', out, '-t', '4', '-tr', 'LightTrainer', '-f', '0', '--disable_tta', '--root', root],
    ]);
    expectSuccess(predicted);
    expect(readdirSync(out).filter((name) => name.endsWith('.nii.gz'))).toHaveLength(1);
  });

  it('is asked for where it is not there, and refused where its name is taken', () => {
    const unknown = train('LightTrainer', ...short);
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toMatch(/no trainer called LightTrainer[\s\S]*plug-in/);
    const file = join(root, 'taken.mjs');
    writeFileSync(file, 'export class nnUNetTrainerV2 { recipe() {} describeModel() {} }\n');
    const taken = train('nnUNetTrainerV2', '--plugin', file, ...short);
    expect(taken.code).toBe(1);
    expect(taken.stderr).toMatch(/there is a trainer called nnUNetTrainerV2 already/);
    expect(existsSync(join(models, 'nnUNetTrainerV2__nnUNetPlansv2.1'))).toBe(false);
  });
});

describe('looking before training', () => {
  it('draws batches, and trains nothing', () => {
    const outcome = train('nnUNetTrainerV2', '--preview_batches', '2', '--batch_size', '2');
    expectSuccess(outcome);
    const fold = join(models, 'nnUNetTrainerV2__nnUNetPlansv2.1/fold_0');
    expect(readdirSync(fold).sort()).toEqual(['preview_batch_0.png', 'preview_batch_1.png']);
  });
});
