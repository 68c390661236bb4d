import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { expectRefusal, expectSuccess, filesBelow, prepareSmallExperiment, runCommand } from './commands.ts';

const DATASET = 'Dataset005_Small';

/** A dataset of v2 with four cases in two folds, and two images to predict, with references. */
function writeDataset(root: string): { images: string; references: string } {
  const folders = prepareSmallExperiment(root);
  const task = join(root, 'nnUNet_raw_data_base/nnUNet_raw_data/Task004_Hippocampus');
  const raw = join(root, 'nnUNet_raw', DATASET);
  for (const name of ['imagesTr', 'labelsTr']) cpSync(join(task, name), join(raw, name), { recursive: true });
  const description = {
    channel_names: { 0: 'MRI' },
    labels: { background: 0, anterior: 1, posterior: 2 },
    numTraining: 4,
    file_ending: '.nii.gz',
  };
  writeFileSync(join(raw, 'dataset.json'), JSON.stringify(description));
  cpSync(join(root, 'nnUNet_preprocessed/Task004_Hippocampus/splits_final.json'), join(raw, 'splits_final.json'));
  return folders;
}

it("runs an experiment on a dataset of v2 by v2's commands, whose files are those of the commands typed by hand", () => {
  const root = temporaryFolder();
  const { images, references } = writeDataset(root);
  const out = join(root, 'predictions');
  const line = ['-t', '5', '-m', '2d', '--iterations_per_epoch', '1', '--batch_size', '2', '--disable_tta'];
  const predicting = ['-i', images, '-o', out, '-ref', references, '--parts', '2', '--root', root];
  const run = (...more: string[]) => runCommand('nnUNet_run', [...line, ...predicting, ...more]);

  const plan = expectSuccess(run('--epochs', '1', '--dry_run')).stdout;
  expect(plan).toMatch(/^ {2}nnUNetv2_train Dataset005_Small 2d 1 -tr nnUNetTrainer -p nnUNetPlans --c .*$/m);
  expect(plan).toMatch(/^9 jobs to run, 0 done\. Nothing was run\.$/m);
  expectRefusal(run('--epochs', '1', '--mode', 'fast'), 2, /nnU-Net v2, .* do not have --mode/);

  const folder = join(root, 'nnUNet_results', DATASET, 'experiments/nnUNetTrainer__nnUNetPlans');
  const { stdout, stderr } = expectSuccess(run('--epochs', '1'));
  expect(stderr).toMatch(/^Dataset005_Small \(rules of nnU-Net v2\)$/m);
  expect(stdout).toMatch(/^2d +done 0\.\d{4} +done 0\.\d{4}$/m);
  expect(stdout).toMatch(/^postprocess +done$/m);
  expect(stdout).toMatch(/\nbest: 2d\npredictions: .*\nscores: .*summary\.json\nreport: .*report\.html\n$/);
  const maps = filesBelow(out).filter((name) => /^[^/]+\.nii\.gz$/.test(name));
  expect(maps).toHaveLength(2);
  const attempts = () =>
    filesBelow(join(folder, 'jobs'))
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(join(folder, 'jobs', name), 'utf8')).attempts.length);
  expect(attempts()).toEqual(Array(9).fill(1));

  expectSuccess(run('--epochs', '1'));
  expect(attempts()).toEqual(Array(9).fill(1));
  expectRefusal(run('--epochs', '2'), 1, /trained with --epochs 1, but --epochs 2 is asked for now/);

  // The same, typed by hand.
  const results = join(root, 'nnUNet_results', DATASET);
  const [raw, hand] = [join(root, 'raw'), join(root, 'hand')];
  mkdirSync(raw);
  const of = ['-d', '5', '-c', '2d', '-f', '0', '1', '--disable_tta', '--root', root];
  expectSuccess(runCommand('nnUNetv2_predict', ['-i', images, '-o', raw, ...of]));
  const rule = join(results, 'nnUNetTrainer__nnUNetPlans__2d/crossval_results_folds_0_1/postprocessing.pkl');
  expectSuccess(runCommand('nnUNetv2_apply_postprocessing', ['-i', raw, '-o', hand, '-pp_pkl_file', rule]));
  for (const name of maps) expect(readFileSync(join(hand, name)).equals(readFileSync(join(out, name)))).toBe(true);

  // What is lost is made again, with what follows from it: a fold's validation, but not its training.
  rmSync(join(results, 'nnUNetTrainer__nnUNetPlans__2d/fold_1/validation/summary.json'));
  expect(expectSuccess(run('--epochs', '1')).stderr).toMatch(/^train-2d-fold_1: started/m);
  expect(existsSync(join(results, 'nnUNetTrainer__nnUNetPlans__2d/fold_1/validation/summary.json'))).toBe(true);
  expect(readFileSync(join(folder, 'logs/train-2d-fold_1.log'), 'utf8')).toContain('this training is already finished');
}, 900_000);
