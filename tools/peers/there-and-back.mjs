/**
 * Models go from nnU-Net to this program and back. v1: a task is prepared by nnU-Net 1.7.1, trained here for a few steps,
 * exported, predicted with by both, and trained on there. v2: models of nnU-Net 2.8.1 are trained on here, predicted with by
 * both, and trained on there; on some real cases one is begun here and trained on there, and one the other way round.
 * Prints what agrees; ends with 1 where something does not.
 *
 * node tools/peers/there-and-back.mjs SHARED PYTHON_V1 PYTHON_V2 [FOLDER]; SHARED has data/ and golden/; - as PYTHON_V1
 * leaves v1 out
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { trainV2 } from '../../packages/trainer/dist/node/index.js';
import { begunOnBothSides } from './begun-on-both-sides.mjs';
import { outputOf } from './peer-programs.mjs';

const [given, pythonV1, pythonV2, work = mkdtempSync(join(tmpdir(), 'nnunet-back-'))] = process.argv.slice(2);
if (pythonV2 === undefined) {
  console.error('usage: node tools/peers/there-and-back.mjs SHARED PYTHON_V1 PYTHON_V2 [FOLDER]');
  process.exit(2);
}
const shared = resolve(given);
const peer = fileURLToPath(new URL('there_and_back_peer.py', import.meta.url));
const commands = fileURLToPath(new URL('../../packages/cli/bin/', import.meta.url));
let failed = false;

const run = outputOf;

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
  const fold = join(work, 'here', place, 'fold_0');
  const records = readFileSync(
    join(
      fold,
      readdirSync(fold).find((name) => name.endsWith('.jsonl')),
    ),
    'utf8',
  );
  const before = JSON.parse(records.trim().split('\n').at(-1)).trainLoss;
  check(
    `v1 ${configuration}: continued by v1 after two epochs`,
    epoch === '2',
    `epoch ${epoch}, loss ${before.toFixed(4)} here, then ${loss}`,
  );
}

/** v2: trained there, continued and predicted with here, predicted with and trained on there. */
async function thereAndBackV2(dataset) {
  const plansName = 'nnUNetPlansSmall';
  const name = `nnUNetTrainer__${plansName}__3d_fullres`;
  const original = join(shared, 'golden/v2/models', dataset, name);
  const environment = (who) => ({
    ...Object.fromEntries(['raw', 'preprocessed', 'results'].map((f) => [`nnUNet_${f}`, join(work, 'v2', who, f)])),
    nnUNet_n_proc_DA: '1',
    nnUNet_def_n_proc: '1',
  });
  const [here, there] = [environment('here'), environment('there')];
  for (const { nnUNet_raw, nnUNet_results } of [here, there]) {
    cpSync(join(shared, 'golden/v2/data', dataset), join(nnUNet_raw, dataset), { recursive: true });
    cpSync(original, join(nnUNet_results, dataset, name), { recursive: true });
  }
  const preprocessedFolder = join(here.nnUNet_preprocessed, dataset);
  mkdirSync(preprocessedFolder, { recursive: true });
  cpSync(join(original, 'plans.json'), join(preprocessedFolder, `${plansName}.json`));
  for (const file of ['dataset.json', 'dataset_fingerprint.json'])
    cpSync(join(original, file), join(preprocessedFolder, file));
  const number = dataset.slice(7, 10);
  const preprocess = join(commands, 'nnUNetv2_preprocess.mjs');
  run(process.execPath, [preprocess, '-d', number, '-plans_name', plansName, '-c', '3d_fullres'], here);
  const modelFolder = join(here.nnUNet_results, dataset, name);
  const plans = JSON.parse(readFileSync(join(original, 'plans.json')));
  const datasetJson = readFileSync(join(original, 'dataset.json'), 'utf8');
  const settings = { epochs: 21, iterationsPerEpoch: 30, validationIterationsPerEpoch: 1 };
  const { state } = await trainV2({
    ...{ plans, dataset: datasetJson, configuration: '3d_fullres', preprocessedFolder, modelFolder, fold: 0, settings },
    continueTraining: true,
  });
  const [before, loss] = state.log.trainLosses.slice(-2);
  const goesOn = state.log.trainLosses.length === 21 && Math.abs(loss - before) < 0.3;
  check(
    `v2 ${dataset}: continued here after 20 epochs`,
    goesOn,
    `loss ${before.toFixed(4)} there, then ${loss.toFixed(4)}`,
  );

  cpSync(modelFolder, join(there.nnUNet_results, dataset, name), { recursive: true });
  const model = join(there.nnUNet_results, dataset, name);
  const images = join(here.nnUNet_raw, dataset, 'imagesTs');
  const [ours, theirs] = ['here', 'there'].map((who) => join(work, `predicted_${dataset}_${who}`));
  const predictHere = join(commands, 'nnUNet_predict.mjs');
  run(process.execPath, [predictHere, '-i', images, '-o', ours, '--model_folder', modelFolder, '-f', '0'], here);
  mkdirSync(theirs, { recursive: true });
  for (const image of readdirSync(images)) {
    const out = join(theirs, image.replace('_0000', ''));
    const script = join(shared, 'golden/v2/checkpoint/check_pth.py');
    const lines = run(pythonV2, [script, model, join(images, image), '--out', out, '--resume'], there);
    const { resume } = JSON.parse(lines.trim().split('\n').at(-1));
    const { current_epoch: epoch, momentum_buffers: momenta, parameters_moved_by_one_step: moved } = resume;
    check(
      `v2 ${image}: loaded by v2 to go on`,
      epoch === 21 && momenta === moved,
      `epoch ${epoch}, ${momenta} momenta`,
    );
  }
  const { different, voxels } = JSON.parse(run(pythonV2, [peer, 'compare', ours, theirs]));
  check(`v2 ${dataset}: labels predicted by v2`, different <= voxels * 5e-4, `${different} of ${voxels} voxels differ`);
  const log = run(pythonV2, [peer, 'continue_v2', dataset, plansName, '22'], there);
  const [, epoch, later] = /Epoch (\d+)[\s\S]*?train_loss (-?[\d.]+)/.exec(log) ?? [];
  check(
    `v2 ${dataset}: continued by v2 after 21 epochs`,
    epoch === '21',
    `loss ${loss.toFixed(4)} here, then ${later}`,
  );
}

console.log(`in ${work}`);
for (const dataset of ['Dataset121_Regions', 'Dataset122_Ignore']) await thereAndBackV2(dataset);
await begunOnBothSides({ shared, work, pythonV2, check });
if (pythonV1 !== '-') for (const configuration of ['2d', '3d_fullres']) thereAndBackV1(configuration);
process.exit(failed ? 1 : 0);
