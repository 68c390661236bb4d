/**
 * Models go from nnU-Net to this program and back. v1: a task is prepared by nnU-Net 1.7.1, trained here for a few steps,
 * exported, predicted with by both, and trained on there. v2: models of nnU-Net 2.8.1 are read, written again, predicted
 * with by v2, and trained on there for an epoch. Prints what agrees; ends with 1 where something does not.
 *
 * node tools/peers/there-and-back.mjs SHARED PYTHON_V1 PYTHON_V2 [FOLDER]; SHARED has data/ and golden/
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readModelFolderV2 } from '../../packages/inference/dist/node/internal.js';
import { trainableShapes } from '../../packages/network/dist/internal.js';
import { sgd } from '../../packages/network/dist/optimizers.js';
import { writeCheckpointV2 } from '../../packages/sharing/dist/index.js';
import { openTorchFile } from '../../packages/torch-checkpoint/dist/node/index.js';

const [given, pythonV1, pythonV2, work = mkdtempSync(join(tmpdir(), 'nnunet-back-'))] = process.argv.slice(2);
if (pythonV2 === undefined) {
  console.error('usage: node tools/peers/there-and-back.mjs SHARED PYTHON_V1 PYTHON_V2 [FOLDER]');
  process.exit(2);
}
const shared = resolve(given);
const peer = fileURLToPath(new URL('there_and_back_peer.py', import.meta.url));
const commands = fileURLToPath(new URL('../../packages/cli/bin/', import.meta.url));
let failed = false;

function run(program, args, env) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw error ?? new Error(`${program} ${args.join(' ')} ended with ${status}\n${stdout}\n${stderr}`);
  return stdout;
}

function check(what, right, figure) {
  console.log(`${right ? 'ok' : 'WRONG'}: ${what}: ${figure}`);
  failed ||= !right;
}

/** v1: prepared there, trained and exported here, predicted with by both, trained on there. */
function thereAndBackV1(configuration) {
  const place = `nnUNet/${configuration}/Task103_CT/nnUNetTrainerV2__nnUNetPlansv2.1`;
  const raw = join(work, 'raw/nnUNet_raw_data/Task103_CT');
  const env = {
    nnUNet_raw_data_base: join(work, 'raw'),
    nnUNet_preprocessed: join(work, 'preprocessed'),
    nnUNet_n_proc_DA: '1',
  };
  const here = { ...env, RESULTS_FOLDER: join(work, 'here') };
  const there = { ...env, RESULTS_FOLDER: join(work, 'there') };
  for (const folder of Object.values(here).filter((path) => path.startsWith('/')))
    mkdirSync(folder, { recursive: true });
  const own = (name, ...args) => run(process.execPath, [join(commands, `nnUNet_${name}.mjs`), ...args], here);
  const theirs = (name, ...args) => run(join(dirname(pythonV1), `nnUNet_${name}`), args, there);
  if (!existsSync(raw)) {
    cpSync(join(shared, 'data/Task103_CT'), raw, { recursive: true });
    theirs('plan_and_preprocess', '-t', '103', '-tl', '1', '-tf', '1');
  }
  own(
    'train',
    configuration,
    'nnUNetTrainerV2',
    '103',
    '0',
    ...'--epochs 2 --iterations_per_epoch 4 --batch_size 2'.split(' '),
    '--disable_validation_inference',
  );
  own('export_pytorch', '-t', '103', '-m', configuration, '-o', join(work, 'there', place));
  const images = join(raw, 'imagesTs');
  const predicted = (who) => join(work, `predicted_${configuration}_${who}`);
  own('predict', '-i', images, '-o', predicted('here'), '-t', '103', '-m', configuration, '-f', '0');
  theirs(
    'predict',
    '-i',
    images,
    '-o',
    predicted('there'),
    '-t',
    '103',
    '-m',
    configuration,
    '-f',
    '0',
    '--disable_mixed_precision',
    ...'--num_threads_preprocessing 1 --num_threads_nifti_save 1'.split(' '),
  );
  const { different, voxels } = JSON.parse(run(pythonV1, [peer, 'compare', predicted('here'), predicted('there')]));
  check(
    `v1 ${configuration}: labels predicted by v1 from the export`,
    different <= voxels * 1e-4,
    `${different} of ${voxels} voxels differ`,
  );
  const log = run(pythonV1, [peer, 'continue_v1', configuration, '3'], there);
  const [, epoch, loss] = /epoch: +(\d+)[\s\S]*?train loss : (-?[\d.]+)/.exec(log) ?? [];
  const before = JSON.parse(
    readFileSync(debugOf(join(work, 'here', place, 'fold_0')), 'utf8')
      .trim()
      .split('\n')
      .filter((line) => line.includes('train_loss'))
      .at(-1),
  ).train_loss;
  check(
    `v1 ${configuration}: continued by v1 after two epochs`,
    epoch === '2',
    `epoch ${epoch}, loss ${before} here, then ${loss}`,
  );
}

const debugOf = (fold) =>
  join(
    fold,
    readdirSync(fold).find((name) => name.endsWith('.jsonl')),
  );

/** v2: read here, written again, predicted with and trained on there. */
async function thereAndBackV2(dataset) {
  const name = 'nnUNetTrainer__nnUNetPlansSmall__3d_fullres';
  const original = join(shared, 'golden/v2/models', dataset, name);
  const model = join(work, 'v2/results', dataset, name);
  mkdirSync(join(model, 'fold_0'), { recursive: true });
  for (const file of ['plans.json', 'dataset.json', 'dataset_fingerprint.json'])
    cpSync(join(original, file), join(model, file));
  await writeCheckpointV2(join(model, 'fold_0/checkpoint_final.pth'), await trainingOf(original));
  const expected = JSON.parse(readFileSync(join(shared, 'golden/v2/checkpoint/expected.json'), 'utf8'));
  for (const { model: path, image, output } of expected.filter((entry) => entry.model.includes(dataset))) {
    const lines = run(pythonV2, [
      join(shared, 'golden/v2/checkpoint/check_pth.py'),
      model,
      join(shared, 'golden/v2', image),
      '--resume',
    ]);
    const found = JSON.parse(lines.trim().split('\n').at(-1));
    const same = (of) => JSON.stringify(of(found)) === JSON.stringify(of(output));
    check(
      `v2 ${path.split('/')[1]}: labels predicted by v2`,
      same((o) => o.label_counts),
      JSON.stringify(found.label_counts),
    );
    const resumed = ({ resume: { momentum_buffers: _, best_ema, ...rest } }) => rest;
    check(`v2 ${path.split('/')[1]}: loaded to go on`, same(resumed), JSON.stringify(found.resume));
  }
  const env = Object.fromEntries(
    ['raw', 'preprocessed', 'results'].map((folder) => [`nnUNet_${folder}`, join(work, 'v2', folder)]),
  );
  cpSync(join(shared, 'golden/v2/data', dataset), join(env.nnUNet_raw, dataset), { recursive: true });
  const log = run(pythonV2, [peer, 'continue_v2', dataset, 'nnUNetPlansSmall', '21'], {
    ...env,
    nnUNet_n_proc_DA: '1',
    nnUNet_def_n_proc: '1',
  });
  const [, epoch, loss] = /Epoch (\d+)[\s\S]*?train_loss (-?[\d.]+)/.exec(log) ?? [];
  const before = (await trainingOf(original)).state.log.trainLosses.at(-1);
  check(
    `v2 ${dataset}: continued by v2 after 20 epochs`,
    epoch === '20',
    `epoch ${epoch}, loss ${before.toFixed(4)} before, then ${loss}`,
  );
}

/** The content of a model of v2, as a training. */
async function trainingOf(folder) {
  const { description, members, plans, dataset } = await readModelFolderV2(folder);
  const file = await openTorchFile(members[0].file);
  const get = (key) => file.value.get(key);
  const buffers = get('optimizer_state').get('state');
  const names = trainableShapes(description.network);
  const momenta = new Map();
  for (const [index, { name, shape }] of names.entries()) {
    const buffer = buffers.get(index)?.get('momentum_buffer');
    const data = buffer ? await buffer.read() : new Float32Array(shape.reduce((a, b) => a * b, 1));
    momenta.set(name, { data, shape });
  }
  const logging = get('logging');
  const starts = logging.get('epoch_start_timestamps');
  const log = {
    trainLosses: logging.get('train_losses'),
    validationLosses: logging.get('val_losses'),
    validationMetrics: logging.get('mean_fg_dice'),
    learningRates: logging.get('lrs'),
    epochSeconds: logging.get('epoch_end_timestamps').map((end, epoch) => end - starts[epoch]),
  };
  const state = { epoch: get('current_epoch'), best: get('_best_ema'), momentum: 0.99, log };
  await file.close();
  return { model: description, state, weights: members[0].weights, momenta, optimizer: sgd, fold: 0, plans, dataset };
}

console.log(`in ${work}`);
for (const dataset of ['Dataset121_Regions', 'Dataset122_Ignore']) await thereAndBackV2(dataset);
for (const configuration of ['2d', '3d_fullres']) thereAndBackV1(configuration);
process.exit(failed ? 1 : 0);
