/**
 * Times whole training epochs (loading, augmentation, training and validation iterations) against nnUNetv2_train, in turns,
 * on the same cases, fold, patch and batch, each side prepared by its own commands in folders of its own. CPU.
 * node tools/bench/training-epoch.mjs DECATHLON_TASK_FOLDER --python PATH [--configuration 3d_fullres|2d] [--epochs 3]
 *   [--iterations 25] [--batch N] [--rounds 1] [--folder DIR]
 *   --epochs   a round; the first of each round is left out, since it warms up
 *   --batch    samples a step, in place of the planned ones
 *   --folder   where the prepared data lie and stay, for a later call; a temporary folder if left out
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { keptMemory, median } from './peer.mjs';
import { taskFolders } from './task-folders.mjs';
import { ownCommand, runCommand, takeTurns } from './turns.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string', default: 'python3' },
    configuration: { type: 'string', default: '3d_fullres' },
    epochs: { type: 'string', default: '3' },
    iterations: { type: 'string', default: '25' },
    batch: { type: 'string' },
    rounds: { type: 'string', default: '1' },
    folder: { type: 'string' },
  },
});
if (positionals.length === 0) throw new Error('give a task folder of the Decathlon, such as Task04_Hippocampus');
const given = resolve(positionals[0]);
const [, id, name] = /^Task(\d+)_(.+)$/.exec(basename(given));
const dataset = `${id.padStart(3, '0')}_${name}`;
const { configuration } = values;
const epochs = Number(values.epochs);
const iterations = Number(values.iterations);
const validations = Math.max(1, Math.floor(iterations / 5));
if (!(epochs >= 2)) throw new Error('--epochs must be at least 2: the first is left out');

const folder = values.folder === undefined ? mkdtempSync(join(tmpdir(), 'nnunet-bench-')) : resolve(values.folder);
const { place, ownRoots, peerRoots: dataRoots } = taskFolders(folder);
const peerRoots = {
  ...dataRoots,
  nnUNet_extTrainer: place('peer', 'trainers'),
  nnUNet_n_proc_DA: '1',
  nnUNet_def_n_proc: '2',
  ...keptMemory,
};
const peer = (command, args) => runCommand(join(dirname(values.python), command), args, peerRoots);

/** Converts, plans and preprocesses on both sides, where an earlier call has not. */
async function prepare() {
  const done = join(folder, 'prepared');
  if (existsSync(done)) return;
  const copy = join(folder, basename(given));
  cpSync(given, copy, { recursive: true });
  await ownCommand('nnUNet_convert_decathlon_task', ['-i', copy], ownRoots);
  await ownCommand('nnUNet_plan_and_preprocess', ['-t', String(Number(id))], ownRoots);
  await peer('nnUNetv2_convert_MSD_dataset', ['-i', copy, '-np', '2']);
  const sizes = ['-c', '2d', '3d_fullres', '-np', '2', '2', '-npfp', '2'];
  await peer('nnUNetv2_plan_and_preprocess', ['-d', String(Number(id)), ...sizes]);
  rmSync(copy, { recursive: true });
  writeFileSync(done, '');
}

const trainer = 'nnUNetTrainerBench';

/** The peer's own trainer with other numbers of epochs and iterations, without the validation that follows. */
function writeTrainer() {
  const batch =
    values.batch === undefined
      ? ''
      : `\n        self.configuration_manager.configuration['batch_size'] = ${values.batch}`;
  writeFileSync(
    join(peerRoots.nnUNet_extTrainer, `${trainer}.py`),
    `import torch
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer


class ${trainer}(nnUNetTrainer):
    def __init__(self, plans: dict, configuration: str, fold: int, dataset_json: dict, device: torch.device = torch.device('cuda')):
        super().__init__(plans, configuration, fold, dataset_json, device)
        self.num_epochs = ${epochs}
        self.num_iterations_per_epoch = ${iterations}
        self.num_val_iterations_per_epoch = ${validations}${batch}

    def perform_actual_validation(self, save_probabilities: bool = False):
        pass
`,
  );
}

/** Seconds of the epochs after the first, with what the whole command needed. */
function answer({ memory, processor }, seconds) {
  if (seconds.length !== epochs) throw new Error(`${seconds.length} epochs were logged, not ${epochs}`);
  const [, ...counted] = seconds;
  return { seconds: median(counted), processor, memory, epochs: counted };
}

async function ownRun() {
  const model = join(ownRoots.RESULTS_FOLDER, 'nnUNet', configuration, `Task${dataset}`);
  rmSync(model, { recursive: true, force: true });
  const args = [configuration, 'nnUNetTrainerV2', String(Number(id)), '0', '--disable_validation_inference'];
  args.push('--epochs', `${epochs}`, '--iterations_per_epoch', `${iterations}`);
  args.push('--val_iterations_per_epoch', `${validations}`);
  if (values.batch !== undefined) args.push('--batch_size', values.batch);
  const result = await ownCommand('nnUNet_train', args, ownRoots);
  const fold = join(model, 'nnUNetTrainerV2__nnUNetPlansv2.1', 'fold_0');
  const log = readdirSync(fold).find((file) => file.endsWith('.jsonl'));
  const lines = readFileSync(join(fold, log), 'utf8').trim().split('\n');
  return answer(
    result,
    lines.map((line) => JSON.parse(line).seconds),
  );
}

async function peerRun() {
  rmSync(join(peerRoots.nnUNet_results, `Dataset${dataset}`), { recursive: true, force: true });
  const args = [String(Number(id)), configuration, '0', '-tr', trainer, '-device', 'cpu'];
  const result = await peer('nnUNetv2_train', args);
  return answer(
    result,
    [...result.text.matchAll(/Epoch time: ([\d.]+) s/g)].map(([, seconds]) => Number(seconds)),
  );
}

/** What both sides planned must be equal: patch, batch, and the cases of the fold. */
function checkPlans() {
  const read = (...names) => JSON.parse(readFileSync(join(...names), 'utf8'));
  const own = join(ownRoots.nnUNet_preprocessed, `Task${dataset}`);
  const other = join(peerRoots.nnUNet_preprocessed, `Dataset${dataset}`);
  const stages = read(own, `nnUNetPlansv2.1_plans_${configuration === '2d' ? '2D' : '3D'}.json`).plans_per_stage;
  const mine = Object.values(stages).at(-1);
  const theirs = read(other, 'nnUNetPlans.json').configurations[configuration];
  const pair = [mine, theirs].map(({ patch_size, batch_size }) =>
    JSON.stringify({ patch: patch_size, batch: Number(values.batch ?? batch_size) }),
  );
  if (pair[0] !== pair[1]) throw new Error(`the sides planned differently: ${pair[0]} and ${pair[1]}`);
  const folds = [join(own, 'splits_final.json'), join(other, 'splits_final.json')];
  if (folds.every(existsSync)) {
    const [a, b] = folds.map((file) => JSON.stringify([...read(file)[0].val].sort()));
    if (a !== b) throw new Error('the sides split differently');
  }
  return pair[0];
}

try {
  await prepare();
  writeTrainer();
  const planned = checkPlans();
  const title = `an epoch of ${iterations} + ${validations} iterations, ${configuration}, ${planned}`;
  const sides = { nnunet: ownRun, 'nnunetv2 2.8.1': peerRun };
  const last = await takeTurns(title, sides, Number(values.rounds));
  for (const [side, { epochs: counted }] of Object.entries(last))
    console.log(`  ${side}: epochs of the last round ${counted.map((s) => s.toFixed(1)).join(', ')} s`);
  checkPlans();
} finally {
  if (values.folder === undefined) rmSync(folder, { recursive: true });
}
