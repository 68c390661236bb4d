/**
 * Trains fold 0 of a Decathlon task by nnU-Net v2's rules here and by nnU-Net 2.8.1 itself, in turns, on the same cases, plans
 * and batch, each side with cases that it prepared. Prints seconds an epoch (the first is left out) and the mean Dice of the
 * validation cases. CPU, two threads a side.
 *
 * node tools/peers/trainings-v2.mjs DECATHLON_TASK_FOLDER --python PATH [--planners ExperimentPlanner,nnUNetPlannerResEncM]
 *   [--epochs 12] [--iterations 25] [--batch 7] [--rounds 3] [--first_seed 1] [--same_start] [--seconds_only]
 *   [--sides own,peer] [--folder DIR]
 *   --rounds         trainings of each side; ours have the seeds from --first_seed on, those of v2 have none
 *   --same_start     v2 begins with the weights that ours begins with: after 300 iterations much depends on them
 *   --seconds_only   no prediction of the validation cases
 *   --sides          one side only, for further seeds, says nothing of the time
 *   --folder         where the prepared data lie and stay, for a later call; a temporary folder if left out
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { initialiseWeights } from '../../packages/network/dist/index.js';
import { describeNetworkV2 } from '../../packages/network/dist/internal.js';
import { writeNpzFile } from '../../packages/tensor/dist/node/index.js';
import { keptMemory, median } from '../bench/peer.mjs';
import { ownCommand, runCommand, takeTurns } from '../bench/turns.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string', default: 'python3' },
    planners: { type: 'string', default: 'ExperimentPlanner,nnUNetPlannerResEncM' },
    epochs: { type: 'string', default: '12' },
    iterations: { type: 'string', default: '25' },
    batch: { type: 'string', default: '7' },
    rounds: { type: 'string', default: '3' },
    first_seed: { type: 'string', default: '1' },
    same_start: { type: 'boolean', default: false },
    sides: { type: 'string', default: 'own,peer' },
    seconds_only: { type: 'boolean', default: false },
    folder: { type: 'string' },
  },
});
if (positionals.length === 0) throw new Error('give a task folder of the Decathlon, such as Task04_Hippocampus');
const task = resolve(positionals[0]);
const [, number, name] = /^Task(\d+)_(.+)$/.exec(basename(task));
const id = String(Number(number));
const dataset = `Dataset${number.padStart(3, '0')}_${name}`;
const [epochs, iterations, batch] = ['epochs', 'iterations', 'batch'].map((key) => Number(values[key]));
if (!(epochs >= 2)) throw new Error('--epochs must be at least 2: the first is left out');
const validations = Math.max(1, Math.floor(iterations / 5));
const CONFIGURATION = '3d_fullres';
const TRAINER = 'nnUNetTrainerShort';
const plansOf = { ExperimentPlanner: 'nnUNetPlans', nnUNetPlannerResEncM: 'nnUNetResEncUNetMPlans' };

const folder = values.folder === undefined ? mkdtempSync(join(tmpdir(), 'nnunet-trainings-')) : resolve(values.folder);
const place = (...names) => {
  const path = join(folder, ...names);
  mkdirSync(path, { recursive: true });
  return path;
};
const rootsOf = (who) => ({
  nnUNet_raw: place('raw'),
  nnUNet_preprocessed: place(who, 'preprocessed'),
  nnUNet_results: place(who, 'results'),
});
const own = rootsOf('own');
const peer = { ...rootsOf('peer'), nnUNet_extTrainer: place('peer', 'trainers'), nnUNet_n_proc_DA: '1', nnUNet_def_n_proc: '2', OMP_NUM_THREADS: '2', ...keptMemory }; // biome-ignore format: a row
const byPeer = (command, ...args) => runCommand(join(dirname(values.python), command), args, peer);
const read = (...names) => JSON.parse(readFileSync(join(...names), 'utf8'));

/** Converts, plans and prepares, where an earlier call has not. */
async function prepare(planner) {
  if (!existsSync(join(own.nnUNet_raw, dataset))) await ownCommand('nnUNetv2_convert_MSD_dataset', ['-i', task], own);
  const plans = plansOf[planner];
  const [mine, theirs] = [own, peer].map((roots) => join(roots.nnUNet_preprocessed, dataset));
  if (!existsSync(join(mine, `nnUNetPlans_${CONFIGURATION}`)))
    await ownCommand('nnUNetv2_plan_and_preprocess', ['-d', id, '-c', CONFIGURATION], own);
  if (!existsSync(join(theirs, `nnUNetPlans_${CONFIGURATION}`)))
    await byPeer('nnUNetv2_plan_and_preprocess', '-d', id, '-c', CONFIGURATION, '-np', '2', '-npfp', '2');
  if (!existsSync(join(theirs, `${plans}.json`))) await byPeer('nnUNetv2_plan_experiment', '-d', id, '-pl', planner);
  // Both sides train by v2's plans, with one batch size.
  const short = read(theirs, `${plans}.json`);
  short.plans_name = `${plans}Batch${batch}`;
  short.configurations[CONFIGURATION].batch_size = batch;
  for (const where of [mine, theirs]) writeFileSync(join(where, `${short.plans_name}.json`), JSON.stringify(short));
  return short;
}

const START = join(folder, 'start-weights.npz');

/** Writes the weights that our training with a seed starts from. */
async function writeStart(plans, seed) {
  const description = JSON.parse(readFileSync(join(own.nnUNet_preprocessed, dataset, 'dataset.json'), 'utf8'));
  const weights = initialiseWeights(describeNetworkV2(plans, CONFIGURATION, description), seed);
  await writeNpzFile(START, Object.fromEntries(weights), { level: 0 });
}

/** v2's own trainer with other numbers of epochs and iterations, and with given weights to start from. */
function writeTrainer() {
  const start = values.same_start
    ? `
    def initialize(self):
        super().initialize()
        start = np.load('${START}')
        weights = self.network.state_dict()
        assert all(tuple(weights[name].shape) == start[name].shape for name in start.files)
        for name in start.files:
            weights[name].copy_(torch.from_numpy(start[name]))
`
    : '';
  const validation = values.seconds_only
    ? '\n    def perform_actual_validation(self, save_probabilities: bool = False):\n        pass\n'
    : '';
  writeFileSync(
    join(peer.nnUNet_extTrainer, `${TRAINER}.py`),
    `import numpy as np
import torch
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer


class ${TRAINER}(nnUNetTrainer):
    def __init__(self, plans: dict, configuration: str, fold: int, dataset_json: dict, device: torch.device = torch.device('cuda')):
        super().__init__(plans, configuration, fold, dataset_json, device)
        self.num_epochs, self.num_iterations_per_epoch, self.num_val_iterations_per_epoch = ${epochs}, ${iterations}, ${validations}
${start}${validation}`,
  );
}

/** Seconds of the epochs after the first, with what the whole command needed. */
function answer({ memory, processor, text }, pattern, dice) {
  const seconds = [...text.matchAll(pattern)].map(([, found]) => Number(found));
  if (seconds.length !== epochs) throw new Error(`${seconds.length} epochs were logged, not ${epochs}\n${text}`);
  return { seconds: median(seconds.slice(1)), processor, memory, epochs: seconds, dice };
}

async function ownTraining(plans, round) {
  const preprocessedFolder = join(own.nnUNet_preprocessed, dataset);
  const modelFolder = join(own.nnUNet_results, dataset, `nnUNetTrainer__${plans.plans_name}__${CONFIGURATION}`);
  rmSync(modelFolder, { recursive: true, force: true });
  const options = join(folder, 'own-training.json');
  const content = {
    ...{ plans, dataset: readFileSync(join(preprocessedFolder, 'dataset.json'), 'utf8') },
    ...{ configuration: CONFIGURATION, preprocessedFolder, modelFolder, fold: 0, compute: { threads: 2 } },
    settings: {
      epochs,
      iterationsPerEpoch: iterations,
      validationIterationsPerEpoch: validations,
      seed: Number(values.first_seed) + round,
    },
  };
  writeFileSync(options, JSON.stringify(content));
  const program = fileURLToPath(new URL('train-by-v2.mjs', import.meta.url));
  const result = await runCommand(process.execPath, [program, options], own);
  let dice = null;
  if (!values.seconds_only) {
    const [images, predicted] = ['images', 'predicted'].map((of) => join(folder, 'own', of));
    for (const path of [images, predicted]) rmSync(path, { recursive: true, force: true });
    for (const one of read(preprocessedFolder, 'splits_final.json')[0].val)
      cpSync(join(own.nnUNet_raw, dataset, 'imagesTr', `${one}_0000.nii.gz`), join(images, `${one}_0000.nii.gz`));
    await ownCommand('nnUNet_predict', ['-i', images, '-o', predicted, '--model_folder', modelFolder, '-f', '0'], own);
    dice = await meanDice(predicted);
  }
  return answer(result, /This epoch took ([\d.]+) s/g, dice);
}

async function peerTraining(plans, round) {
  if (values.same_start) await writeStart(plans, Number(values.first_seed) + round);
  const model = join(peer.nnUNet_results, dataset, `${TRAINER}__${plans.plans_name}__${CONFIGURATION}`);
  rmSync(model, { recursive: true, force: true });
  const args = [id, CONFIGURATION, '0', '-tr', TRAINER, '-p', plans.plans_name, '-device', 'cpu'];
  const result = await byPeer('nnUNetv2_train', ...args);
  const dice = values.seconds_only ? null : await meanDice(join(model, 'fold_0/validation'));
  return answer(result, /Epoch time: ([\d.]+) s/g, dice);
}

/** Mean Dice of the foreground of a folder with the validation cases, by the same command for both sides. */
async function meanDice(predicted) {
  const references = join(folder, 'references');
  const prepared = join(own.nnUNet_preprocessed, dataset);
  for (const one of read(prepared, 'splits_final.json')[0].val)
    cpSync(join(own.nnUNet_raw, dataset, 'labelsTr', `${one}.nii.gz`), join(references, `${one}.nii.gz`));
  const summary = join(folder, 'summary.json');
  const files = [
    '-djfile',
    join(prepared, 'dataset.json'),
    '-pfile',
    join(prepared, 'nnUNetPlans.json'),
    '-o',
    summary,
  ];
  await ownCommand('nnUNetv2_evaluate_folder', [references, predicted, ...files], own);
  return read(summary).foreground_mean.Dice;
}

const trainings = {
  own: { name: 'nnunet', train: ownTraining },
  peer: { name: 'nnunetv2 2.8.1', train: peerTraining },
};

try {
  writeTrainer();
  for (const planner of values.planners.split(',')) {
    const plans = await prepare(planner);
    const chosen = values.sides.split(',').map((side) => trainings[side]);
    const runs = Object.fromEntries(chosen.map(({ name }) => [name, []]));
    const kept =
      ({ name, train }) =>
      async (round) => {
        const result = await train(plans, round);
        runs[name].push(result);
        if (result.dice !== null) console.log(`  ${name}, training ${round + 1}: ${result.dice.toFixed(4)}`);
        return result;
      };
    const sides = Object.fromEntries(chosen.map((side) => [side.name, kept(side)]));
    const patch = plans.configurations[CONFIGURATION].patch_size.join(' x ');
    const title = `${planner}: an epoch of ${iterations} + ${validations} iterations, ${patch}, batch ${batch}`;
    await takeTurns(title, sides, Number(values.rounds));
    for (const [side, all] of Object.entries(runs)) {
      for (const { epochs: seconds, dice } of all) {
        const score = dice === null ? '' : `; validation Dice ${dice.toFixed(4)}`;
        console.log(`  ${side}: epochs of ${seconds.map((s) => s.toFixed(1)).join(', ')} s${score}`);
      }
    }
    const means = Object.values(runs).map((all) => all.reduce((sum, { dice }) => sum + dice, 0) / all.length);
    if (!values.seconds_only)
      console.log(`  mean validation Dice: ${means.map((dice) => dice.toFixed(4)).join(' and ')}`);
  }
} finally {
  if (values.folder === undefined) rmSync(folder, { recursive: true });
}
