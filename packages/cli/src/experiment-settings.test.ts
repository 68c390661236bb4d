import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { CommandParser } from './command-parser.ts';
import { command } from './commands/run.ts';
import { settingsOf } from './experiment-settings.ts';

it('takes the options of the line first, then the settings file, then defaults', async () => {
  const root = temporaryFolder();
  const roots = resolveRoots({ root, env: {} });
  mkdirSync(join(root, 'nnUNet_raw_data_base/nnUNet_raw_data/Task007_Test'), { recursive: true });
  const file = join(root, 'my.json');
  const inFile = {
    ...{ task: '7', name: 'mine', configurations: ['3d_fullres'], folds: [0, 'all'], trainer: 'FileTrainer' },
    prediction: { images: root, output: '/out', parts: 3 },
    arguments: { train: ['--epochs', '5'] },
    sbatch: { all: '--partition=a', train: '--gres=gpu:1' },
  };
  writeFileSync(file, JSON.stringify(inFile));
  const parser = new CommandParser('nnUNet_run', '');
  command.define(parser);
  const settings = (line: string) => settingsOf(parser.parse(`--settings ${file} ${line}`.trim().split(' ')), roots);
  expect(await settings('')).toMatchObject({
    ...inFile,
    task: 'Task007_Test',
    cascadeTrainer: 'nnUNetTrainerV2CascadeFullRes',
    plansIdentifier: 'nnUNetPlansv2.1',
    prediction: { ...inFile.prediction, references: null },
  });
  const line = '-m 2d -f 1 -tr LineTrainer --name other -o /else -ref /ref --parts 2 --epochs 6 --sbatch=--partition=b';
  expect(await settings(line)).toMatchObject({
    ...{ name: 'other', configurations: ['2d'], folds: [1], trainer: 'LineTrainer' },
    prediction: { images: root, output: '/else', references: '/ref', parts: 2 },
    // The last of two counts.
    arguments: { train: ['--epochs', '5', '--epochs', '6'] },
    sbatch: { all: '--partition=b', train: '--gres=gpu:1' },
  });
});
