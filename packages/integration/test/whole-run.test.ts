import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { readLabels } from '@nnunet/volume/node';
import { expect, it } from 'vitest';
import { demoTask, expectSuccess, filesBelow, prepareDemo, runCommand } from './commands.ts';

/** The main job with a training too short to learn much: what is tested is that every stage hands on to the next. */
it('convert, plan, preprocess, train, resume, predict, evaluate', async () => {
  const root = temporaryFolder();
  const run = (name: string, ...args: string[]) => expectSuccess(runCommand(name, [...args, '--root', root]));
  prepareDemo(root, '--verify_dataset_integrity');
  const short = ['--batch_size', '2', '--iterations_per_epoch', '2', '--val_iterations_per_epoch', '1'];
  run(
    'nnUNet_train',
    '3d_fullres',
    'nnUNetTrainerV2',
    '4',
    '0',
    '--epochs',
    '1',
    '--disable_validation_inference',
    ...short,
  );
  run('nnUNet_train', '3d_fullres', 'nnUNetTrainerV2', '4', '0', '--epochs', '2', '-c', ...short);

  const fold = join(
    root,
    'nnUNet_results/nnUNet/3d_fullres/Task004_Hippocampus/nnUNetTrainerV2__nnUNetPlansv2.1/fold_0',
  );
  const files = filesBelow(fold);
  for (const name of [
    'model_final_checkpoint.safetensors',
    'progress.png',
    'debug.json',
    'validation_raw/summary.json',
  ])
    expect(files).toContain(name);
  expect(files.filter((name) => name.startsWith('model_latest'))).toEqual([]);

  const images = join(root, 'nnUNet_raw_data_base/nnUNet_raw_data/Task004_Hippocampus/imagesTs');
  const out = join(root, 'predictions');
  run('nnUNet_predict', '-i', images, '-o', out, '-t', '4', '-m', '3d_fullres', '-f', '0', '--disable_tta');
  expect(filesBelow(out).filter((name) => name.endsWith('.nii.gz'))).toHaveLength(6);
  run('nnUNet_evaluate_folder', '-ref', join(demoTask, 'labelsTs'), '-pred', out, '-l', '1', '2');
  expect(existsSync(join(out, 'plans.json'))).toBe(true);
  const summary = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));
  expect(Object.keys(summary.results.mean)).toEqual(['1', '2']);

  const label = await readLabels(join(out, 'hippocampus_051.nii.gz'));
  const reference = await readLabels(join(demoTask, 'labelsTs/hippocampus_051.nii.gz'));
  expect(label.shape).toEqual(reference.shape);
  expect(label.spacing).toEqual(reference.spacing);
}, 300_000);
