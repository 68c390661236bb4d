/**
 * The way from five trained folds to ensembled, postprocessed label maps, on the demo data: trains 2d and 3d_fullres on all
 * folds (briefly, without --npz), lets nnUNet_find_best_configuration choose, runs exactly the commands that it prints
 * through the shell, and scores what comes out (and the ensemble, should one configuration be chosen). Ends with status 1 where the mean foreground Dice is not above 0.3.
 * node tools/demo/five-folds.mjs [--output DIR] [--keep] [--2d="ARGUMENTS"] [--3d_fullres="ARGUMENTS"]
 *   --output  folder for everything (default: demo-output/five-folds)
 *   --keep    go on with what an earlier run has left there: folds that were trained and validated are not trained again
 *   --2d, --3d_fullres  what nnUNet_train gets besides, in place of the settings of this file
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** Just enough to tell a hippocampus from its surroundings; 2d needs more steps, but each is cheap. */
const BRIEF = {
  '2d': '--batch_size 8 --epochs 6 --iterations_per_epoch 50 --val_iterations_per_epoch 5',
  '3d_fullres': '--batch_size 2 --epochs 4 --iterations_per_epoch 25 --val_iterations_per_epoch 2',
};
const FOLDS = ['0', '1', '2', '3', '4'];
const ENOUGH = 0.3;

const home = fileURLToPath(new URL('../../', import.meta.url));
const data = join(home, 'demo-data/Task04_Hippocampus');
const { values } = parseArgs({
  options: {
    output: { type: 'string' },
    keep: { type: 'boolean', default: false },
    '2d': { type: 'string', default: BRIEF['2d'] },
    '3d_fullres': { type: 'string', default: BRIEF['3d_fullres'] },
  },
});
const output = resolve(values.output ?? join(home, 'demo-output/five-folds'));
const environment = {
  ...process.env,
  PATH: [join(home, 'node_modules/.bin'), process.env.PATH].join(delimiter),
  nnUNet_raw_data_base: join(output, 'raw'),
  nnUNet_preprocessed: join(output, 'preprocessed'),
  RESULTS_FOLDER: join(output, 'results'),
};

/** Runs a command line through the shell in the output folder; shows its messages, and gives what it prints. */
function shell(line) {
  console.log(`\n$ ${line}`);
  const started = Date.now();
  const { status, stdout } = spawnSync(line, {
    shell: true,
    cwd: output,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  process.stdout.write(stdout);
  if (status !== 0) {
    console.error(`\nStopped: the command ended with ${status}.`);
    process.exit(1);
  }
  console.log(`(${((Date.now() - started) / 1000).toFixed(0)} s)`);
  return stdout;
}

const quoted = (path) => `"${path}"`;
const results = (...parts) => join(output, 'results/nnUNet', ...parts);

/** Scores a folder of predicted test cases and gives the mean Dice over labels. */
function score(folder) {
  shell(`nnUNet_evaluate_folder -ref ${quoted(join(data, 'labelsTs'))} -pred ${folder} -l 1 2`);
  const { mean } = JSON.parse(readFileSync(join(output, folder, 'summary.json'), 'utf8')).results;
  return (mean[1].Dice + mean[2].Dice) / 2;
}

/** Merges what all configurations predict, as docs/inference.md says, for where the printed commands do not. */
function ensembleAll() {
  const names = Object.keys(BRIEF);
  for (const name of names) {
    rmSync(join(output, `ALL_${name}`), { recursive: true, force: true });
    shell(`nnUNet_predict -i FOLDER_WITH_TEST_CASES -o ALL_${name} -t 4 -m ${name} -z`);
  }
  const table = readFileSync(results('ensembles/Task004_Hippocampus/summary.csv'), 'utf8');
  const rule = results('ensembles/Task004_Hippocampus', /^(ensemble_[^,]*),/m.exec(table)[1], 'postprocessing.json');
  rmSync(join(output, 'ALL_MERGED'), { recursive: true, force: true });
  shell(`nnUNet_ensemble -f ${names.map((name) => `ALL_${name}`).join(' ')} -o ALL_MERGED -pp ${quoted(rule)}`);
  return 'ALL_MERGED';
}

const started = Date.now();
if (!values.keep) rmSync(output, { recursive: true, force: true });
for (const name of ['raw', 'preprocessed', 'results']) mkdirSync(join(output, name), { recursive: true });
if (!existsSync(join(output, 'preprocessed/Task004_Hippocampus/gt_segmentations'))) {
  shell(`nnUNet_convert_decathlon_task -i ${quoted(data)}`);
  shell('nnUNet_plan_and_preprocess -t 4 --verify_dataset_integrity');
}
for (const configuration of Object.keys(BRIEF)) {
  for (const fold of FOLDS) {
    const folder = results(configuration, 'Task004_Hippocampus/nnUNetTrainerV2__nnUNetPlansv2.1', `fold_${fold}`);
    if (existsSync(join(folder, 'validation_raw/summary.json'))) continue;
    shell(`nnUNet_train ${configuration} nnUNetTrainerV2 4 ${fold} ${values[configuration]}`);
  }
}
const printed = shell(`nnUNet_find_best_configuration -m ${Object.keys(BRIEF).join(' ')} -t 4 --strict`);

// The names that the commands are printed with: with the images under the first of them, nothing is to be replaced.
for (const name of ['OUTPUT_FOLDER', 'OUTPUT_FOLDER_MODEL1', 'OUTPUT_FOLDER_MODEL2'])
  rmSync(join(output, name), { recursive: true, force: true });
const images = join(output, 'raw/nnUNet_raw_data/Task004_Hippocampus/imagesTs');
cpSync(images, join(output, 'FOLDER_WITH_TEST_CASES'), { recursive: true });
const commands = printed.split('\n').filter((line) => /^nnUNet_/.test(line));
for (const line of commands) shell(line);
const ensembled = commands.at(-1).startsWith('nnUNet_ensemble ');
const dice = { 'the printed commands': score(ensembled ? 'OUTPUT_FOLDER' : 'OUTPUT_FOLDER_MODEL1') };
if (!ensembled) {
  console.log('\nOne configuration alone was better than the ensemble. The ensemble, to compare:');
  dice['the ensemble'] = score(ensembleAll());
}
const minutes = ((Date.now() - started) / 60000).toFixed(1);
console.log(`\n${commands.length} printed commands were run; ${minutes} minutes in all.`);
for (const [what, value] of Object.entries(dice))
  console.log(`Mean foreground Dice of the test cases by ${what}: ${value.toFixed(4)}`);
if (!Object.values(dice).every((value) => value > ENOUGH)) {
  console.error(`That is not above ${ENOUGH}.`);
  process.exit(1);
}
