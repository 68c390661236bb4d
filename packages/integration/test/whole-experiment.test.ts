import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { expectRefusal, expectSuccess, filesBelow, prepareSmallExperiment, runCommand } from './commands.ts';

const TASK = 'Task004_Hippocampus';

it('runs an experiment from raw data to scores and report, and the same line again does nothing', () => {
  const root = temporaryFolder();
  const { images, references } = prepareSmallExperiment(root);
  const out = join(root, 'predictions');
  const line = ['-t', '4', '-m', '2d', '--iterations_per_epoch', '1', '--batch_size', '2', '--disable_tta'];
  const predicting = ['-i', images, '-o', out, '-ref', references, '--parts', '2', '--root', root];
  const run = (...more: string[]) => runCommand('nnUNet_run', [...line, ...predicting, ...more]);

  const plan = expectSuccess(run('--epochs', '1', '--dry_run')).stdout;
  expect(plan).toMatch(/^train-2d-fold_1, after prepare: about .* MB$/m);
  expect(plan).toMatch(/^8 jobs to run, 0 done\. Nothing was run\.$/m);

  const folder = join(root, 'nnUNet_results/nnUNet/experiments', TASK, 'nnUNetTrainerV2__nnUNetPlansv2.1');
  const { stdout } = expectSuccess(run('--epochs', '1'));
  expect(stdout).toMatch(/^2d +done 0\.\d{4} +done 0\.\d{4}$/m);
  expect(stdout).toMatch(/^evaluate +done 0\.\d{4}$/m);
  expect(stdout).toMatch(/\nbest: 2d\npredictions: .*\nscores: .*summary\.json\nreport: .*report\.html\n$/);
  expect(filesBelow(out).filter((name) => /^[^/]+\.nii\.gz$/.test(name))).toHaveLength(2);
  expect(existsSync(join(out, 'summary.json'))).toBe(true);
  expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('<html');
  const attempts = () =>
    filesBelow(join(folder, 'jobs'))
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(join(folder, 'jobs', name), 'utf8')).attempts.length);
  expect(attempts()).toEqual(Array(8).fill(1));

  expectSuccess(run('--epochs', '1'));
  expect(attempts()).toEqual(Array(8).fill(1));

  // A finished fold does not count for other settings.
  expectRefusal(run('--epochs', '2'), 1, /trained with --epochs 1, but --epochs 2 is asked for now/);
  expectRefusal(run('--epochs', 'many'), 2, 'many');
  expectSuccess(runCommand('nnUNet_run', ['-t', '4', '--status', '--root', root]));

  // What is lost is made again, with what follows from it.
  rmSync(join(out, 'summary.json'));
  expect(expectSuccess(run('--epochs', '1')).stderr).toMatch(/^evaluate: started/m);
  expect(attempts().reduce((sum: number, count: number) => sum + count, 0)).toBe(10);
}, 600_000);
