/**
 * Times whole predictions, start-up included, and their memory, in turns: nnUNet_predict --model_folder against nnU-Net v2's
 * command with a model of v2, and against v1's nnUNet_predict with a model of v1; and -h of all three. Mirroring on, the
 * default number of workers on each side, CPU. Both sides must write the same label maps but for a few voxels.
 * node tools/bench/predict-command.mjs IMAGES --python PATH --v2_model DIR --v1_python PATH --v1_model DIR
 *   [--cases 10] [--rounds 3] [--help_rounds 5]
 *   IMAGES       Decathlon images CASE.nii.gz or nnU-Net's CASE_0000.nii.gz; the first by name are taken
 *   --python, --v2_model     interpreter with nnunetv2; the folder with plans.json and fold_0. Without both, no v2
 *   --v1_python, --v1_model  interpreter with nnunet 1.7.1; .../nnUNet/CONFIGURATION/TASK/TRAINER__PLANS. Without both, no v1
 */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readLabels } from '../../packages/volume/dist/node/index.js';
import { keptMemory } from './peer.mjs';
import { ownCommand, runCommand, takeTurns } from './turns.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string' },
    v2_model: { type: 'string' },
    v1_python: { type: 'string' },
    v1_model: { type: 'string' },
    cases: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    help_rounds: { type: 'string', default: '5' },
  },
});
if (positionals.length === 0) throw new Error('give a folder of images, such as Task04_Hippocampus/imagesTs');
/** Share of voxels that may differ: v2 adds up its tiles in half precision, v1 stores its softmax in it. */
const ALLOWED = 5e-4;

const folder = mkdtempSync(join(tmpdir(), 'nnunet-bench-'));
const input = join(folder, 'images');
mkdirSync(input);
const cases = readdirSync(positionals[0])
  .filter((name) => /^[^.].*\.nii\.gz$/.test(name))
  .sort()
  .slice(0, Number(values.cases));
for (const name of cases) {
  const id = name.replace(/(_0000)?\.nii\.gz$/, '');
  copyFileSync(join(positionals[0], name), join(input, `${id}_0000.nii.gz`));
}

/** An empty folder for what a side predicts. */
function emptied(name) {
  const path = join(folder, name);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path);
  return path;
}

const own = (model) => {
  const output = emptied('own');
  const args = ['-i', input, '-o', output, '--model_folder', resolve(model), '-f', '0'];
  return ownCommand('nnUNet_predict', args);
};
const v2 = (...args) =>
  runCommand(join(dirname(values.python), 'nnUNetv2_predict_from_modelfolder'), args, {
    ...keptMemory,
    nnUNet_raw: folder,
    nnUNet_preprocessed: folder,
    nnUNet_results: folder,
  });
const v1 = (...args) =>
  runCommand(join(dirname(values.v1_python), 'nnUNet_predict'), args, {
    ...keptMemory,
    nnUNet_raw_data_base: folder,
    nnUNet_preprocessed: folder,
    RESULTS_FOLDER: resolve(values.v1_model ?? folder, '../../../..'),
    TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD: '1',
  });

/** RESULTS_FOLDER/nnUNet/CONFIGURATION/TASK/TRAINER__PLANS as arguments of v1's command. */
function v1Arguments(model) {
  const [plansOfTrainer, task, configuration] = [model, dirname(model), dirname(dirname(model))].map((p) =>
    basename(p),
  );
  const [trainer, plans] = plansOfTrainer.split('__');
  return ['-m', configuration, '-t', task, '-tr', trainer, '-p', plans, '-f', '0', '--disable_mixed_precision'];
}

/** Prints how many voxels of the label maps differ; whether they are few enough. */
async function compareLabels() {
  let [unequal, all] = [0, 0];
  const files = readdirSync(join(folder, 'own')).filter((name) => name.endsWith('.nii.gz'));
  for (const name of files) {
    const [a, b] = [await readLabels(join(folder, 'own', name)), await readLabels(join(folder, 'peer', name))];
    if (a.data.length !== b.data.length) throw new Error(`${name} has another size`);
    for (let i = 0; i < a.data.length; i++) if (a.data[i] !== b.data[i]) unequal++;
    all += a.data.length;
  }
  console.log(`  label maps: ${files.length} files, ${unequal} of ${all} voxels differ`);
  if (files.length !== cases.length || !(unequal <= ALLOWED * all)) process.exitCode = 1;
}

try {
  const helps = { nnunet: () => ownCommand('nnUNet_predict', ['-h']) };
  if (values.python !== undefined && values.v2_model !== undefined) {
    const model = resolve(values.v2_model);
    const peer = () => v2('-i', input, '-o', emptied('peer'), '-m', model, '-f', '0', '-device', 'cpu');
    const sides = { nnunet: () => own(model), 'nnunetv2 2.8.1': peer };
    await takeTurns(`predict ${cases.length} cases, model of v2`, sides, Number(values.rounds));
    await compareLabels();
    helps['nnunetv2 2.8.1'] = () => v2('-h');
  }
  if (values.v1_python !== undefined && values.v1_model !== undefined) {
    const model = resolve(values.v1_model);
    const peer = () => v1('-i', input, '-o', emptied('peer'), ...v1Arguments(model));
    const sides = { nnunet: () => own(model), 'nnunet 1.7.1': peer };
    await takeTurns(`predict ${cases.length} cases, model of v1`, sides, Number(values.rounds));
    await compareLabels();
    helps['nnunet 1.7.1'] = () => v1('-h');
  }
  // Too short for a look at the memory.
  const timed = Object.entries(helps).map(([side, run]) => [
    side,
    async () => ({ ...(await run()), memory: undefined }),
  ]);
  await takeTurns('-h of the predicting command', Object.fromEntries(timed), Number(values.help_rounds));
} finally {
  rmSync(folder, { recursive: true });
}
