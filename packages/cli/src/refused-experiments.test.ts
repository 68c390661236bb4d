import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, expect, it } from 'vitest';
import { recordEachTest, run, said } from './command-line.fixture.ts';

recordEachTest();
let root: string;

/** A task that is not planned, and an image to predict. */
beforeEach(() => {
  root = temporaryFolder();
  const raw = join(root, 'nnUNet_raw_data_base/nnUNet_raw_data/Task007_Test');
  for (const folder of [raw, join(root, 'in'), join(root, 'refs')]) mkdirSync(folder, { recursive: true });
  const training = ['p', 'q', 'r', 's', 't'].map((id) => ({
    image: `imagesTr/${id}.nii.gz`,
    label: `labelsTr/${id}.nii.gz`,
  }));
  const description = { modality: { 0: 'MRI' }, labels: { 0: 'background', 1: 'a' }, training, test: [] };
  writeFileSync(join(raw, 'dataset.json'), JSON.stringify(description));
  writeFileSync(join(root, 'in/a_0000.nii.gz'), '');
});

it.each([
  ['--parts 0', 2, '--parts must be an integer of at least 1, not 0'],
  ['--name a/b', 1, 'key "name": letters, digits'],
  ['--sessions 0', 2, '--sessions must be an integer of at least 1, not 0'],
  ['--max_memory 6', 2, '"6" is not a memory size (--max_memory)'],
  ['--step_size 2', 2, '--step_size must be a number greater than 0 and at most 1, not 2'],
  ['--mirror_axes 0 5', 2, '--mirror_axes must be an integer from 0 to 2, not 5'],
  ['--mode fats', 2, '--mode must be normal, fast or fastest, not fats'],
  ['--mode fast', 2, '--mode fast does not produce the probabilities that an ensemble is made from'],
  ['--mode fast --disable_ensembling -tr No', 1, 'there is no trainer called No'],
  ['-m 2d --mode fast -tr No', 1, 'there is no trainer called No'],
  ['-tr No', 1, 'there is no trainer called No'],
  ['-ref ROOT/refs', 1, 'no reference for a.nii.gz'],
  ['--sbatch=--time=1', 2, '--sbatch is for Slurm'],
])('refuses an experiment before anything runs: %s', async (options, code, message) => {
  await run(`nnUNet_run -t 7 -i ${root}/in -o ${root}/out ${options.replace('ROOT', root)} --root ${root}`);
  expect(said.complained).toContain(message);
  expect(process.exitCode).toBe(code);
  expect(existsSync(join(root, 'nnUNet_results'))).toBe(false);
});

it('refuses the fast modes for a task that asks for regions', async () => {
  const file = join(root, 'nnUNet_raw_data_base/nnUNet_raw_data/Task007_Test/dataset.json');
  const { training } = JSON.parse(readFileSync(file, 'utf8'));
  const labels = { background: 0, whole: [1, 2], part: 2 };
  const regions_class_order = [1, 2];
  writeFileSync(file, JSON.stringify({ modality: { 0: 'MRI' }, labels, regions_class_order, training, test: [] }));
  const command = `nnUNet_run -t 7 -i ${root}/in -o ${root}/out --disable_ensembling --dry_run --root ${root}`;
  await run(`${command} --mode fastest`);
  expect(said.complained).toContain('models of regions do not support --mode fastest');
  expect(process.exitCode).toBe(2);
  process.exitCode = undefined;
  await run(`${command} --mode normal`);
  expect(process.exitCode).toBeUndefined();
});

it.each([
  ['--parts 2', '--parts needs images to predict'],
  ['-i in', '-i needs a folder for the label maps'],
  ['-o out', '-o needs images to predict'],
  ['-ref refs', '-ref needs predictions to score'],
])('refuses options of a prediction that is not asked for: %s', async (options, message) => {
  await run(`nnUNet_run -t 7 ${options} --root ${root}`);
  expect(said.complained).toContain(message);
  expect(process.exitCode).toBe(2);
});

it('names the setting with wrong arguments of a command', async () => {
  const file = join(root, 'settings.json');
  writeFileSync(file, JSON.stringify({ task: '7', arguments: { train: ['--batch_sizze', '2'] } }));
  await run(`nnUNet_run --settings ${file} --root ${root}`);
  expect(said.complained).toMatch(
    /error: "arguments\.train" of the settings: there is no option --batch_sizze\n.*--batch_size\?/,
  );
  expect(process.exitCode).toBe(2);
});
