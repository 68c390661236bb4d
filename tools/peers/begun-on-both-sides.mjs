import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { trainV2 } from '../../packages/trainer/dist/node/index.js';
import { outputOf } from './peer-programs.mjs';

const DATASET = 'Dataset004_Hippocampus';
const PLANS = 'nnUNetPlansSmall';
const NAME = `nnUNetTrainer__${PLANS}__3d_fullres`;
/** Every so many cases of the Decathlon's hippocampus data are used. */
const EVERY = 16;
const EPOCHS = 10;
const ITERATIONS = 60;

const peer = fileURLToPath(new URL('there_and_back_peer.py', import.meta.url));
const commands = fileURLToPath(new URL('../../packages/cli/bin/', import.meta.url));

/**
 * Some real cases by v2's rules: a model is trained here, predicted with by nnUNetv2_predict and by nnUNet_predict, and
 * trained on by v2; another is trained by v2 and trained on here. Each side prepares the cases
 * itself, by plans of this one with a small network.
 */
export async function begunOnBothSides({ shared, work, pythonV2, check }) {
  const root = join(work, 'both');
  const environment = (who) => ({
    nnUNet_raw: join(root, 'raw'),
    nnUNet_preprocessed: join(root, who, 'preprocessed'),
    nnUNet_results: join(root, who, 'results'),
    nnUNet_n_proc_DA: '1',
    nnUNet_def_n_proc: '1',
  });
  const [here, there] = [environment('here'), environment('there')];
  for (const folder of [here, there].flatMap((env) => Object.values(env).filter((path) => path.startsWith('/'))))
    mkdirSync(folder, { recursive: true });
  const own = (name, ...args) => outputOf(process.execPath, [join(commands, `${name}.mjs`), ...args], here);
  const theirs = (...args) => outputOf(pythonV2, [peer, ...args], there);

  own(
    'nnUNetv2_convert_MSD_dataset',
    '-i',
    someCases(join(shared, 'data/Task04_Hippocampus'), join(root, 'decathlon')),
  );
  own('nnUNetv2_plan_and_preprocess', '-d', '4', '-c', '3d_fullres');
  const preprocessedFolder = join(here.nnUNet_preprocessed, DATASET);
  const plans = smallPlans(JSON.parse(readFileSync(join(preprocessedFolder, 'nnUNetPlans.json'))));
  writeFileSync(join(preprocessedFolder, `${PLANS}.json`), JSON.stringify(plans, null, 4));
  const dataset = readFileSync(join(preprocessedFolder, 'dataset.json'), 'utf8');
  const [modelHere, modelThere] = [here, there].map((env) => join(env.nnUNet_results, DATASET, NAME));
  const train = (modelFolder, epochs, continueTraining) =>
    trainV2({
      ...{ plans, dataset, configuration: '3d_fullres', preprocessedFolder, modelFolder, fold: 0, continueTraining },
      settings: { epochs, iterationsPerEpoch: ITERATIONS, validationIterationsPerEpoch: 1 },
    });
  const { state } = await train(modelHere, EPOCHS, false);
  cpSync(modelHere, modelThere, { recursive: true });

  const images = join(here.nnUNet_raw, DATASET, 'imagesTs');
  const [ours, byV2] = ['here', 'there'].map((who) => join(root, who, 'predicted'));
  own('nnUNet_predict', '-i', images, '-o', ours, '--model_folder', modelHere, '-f', '0');
  const of = (names) => ['-d', '4', '-p', PLANS, '-c', '3d_fullres', ...names];
  const predict = join(dirname(pythonV2), 'nnUNetv2_predict');
  outputOf(predict, ['-i', images, '-o', byV2, ...of(['-f', '0', '-device', 'cpu', '-npp', '1', '-nps', '1'])], there);
  const { different, voxels, labelled } = JSON.parse(theirs('compare', ours, byV2));
  const rule = `${different} of ${voxels} voxels differ, ${labelled} have a label`;
  check('v2, begun here: labels predicted by nnUNetv2_predict', different <= voxels * 5e-4 && labelled > 0, rule);

  const seconds = (log) => /Epoch (\d+)[\s\S]*?train_loss (-?[\d.]+)/.exec(log) ?? [];
  const before = state.log.trainLosses.at(-1);
  const [, epoch, after] = seconds(theirs('continue_v2', DATASET, PLANS, String(EPOCHS + 1), String(ITERATIONS)));
  const goesOn = epoch === String(EPOCHS) && Math.abs(Number(after) - before) < 0.3;
  check('v2, begun here: trained on by v2', goesOn, `losses ${rounded(state.log.trainLosses)} here, then ${after}`);

  theirs('begin_v2', DATASET, PLANS, String(EPOCHS), String(ITERATIONS));
  const back = join(here.nnUNet_results, 'begun_by_v2', NAME);
  cpSync(modelThere, back, { recursive: true });
  const { log } = (await train(back, EPOCHS + 1, true)).state;
  const [last, next] = log.trainLosses.slice(-2);
  const goesOnHere = log.trainLosses.length === EPOCHS + 1 && Math.abs(next - last) < 0.3;
  const figure = `losses ${rounded(log.trainLosses.slice(0, -1))} there, then ${next.toFixed(4)}`;
  check('v2, begun by v2: trained on here', goesOnHere, figure);
}

const rounded = (losses) => losses.map((loss) => loss.toFixed(4)).join(' ');

/** Copies some cases of a Decathlon folder, and two images to predict. */
function someCases(from, folder) {
  const task = join(folder, basename(from));
  const description = JSON.parse(readFileSync(join(from, 'dataset.json')));
  const training = description.training.filter((_, i) => i % EVERY === 0);
  const test = readdirSync(join(from, 'imagesTs'))
    .filter((name) => !name.startsWith('.'))
    .sort()
    .slice(0, 2);
  const files = training.flatMap(({ image, label }) => [image, label]).concat(test.map((name) => `imagesTs/${name}`));
  for (const file of files) cpSync(join(from, file), join(task, file), { recursive: true });
  const own = { ...description, numTraining: training.length, training, numTest: 2, test: test.map((name) => `./imagesTs/${name}`) }; // biome-ignore format: a row
  writeFileSync(join(task, 'dataset.json'), JSON.stringify(own));
  return task;
}

/** The plans with half of the features and smaller patches, so that some minutes of training find the labels. */
function smallPlans(plans) {
  const { architecture, ...own } = plans.configurations['3d_fullres'];
  const features = architecture.arch_kwargs.features_per_stage.map((count) => count / 2);
  const arch_kwargs = { ...architecture.arch_kwargs, features_per_stage: features };
  const small = { ...own, batch_size: 4, patch_size: [24, 32, 24], architecture: { ...architecture, arch_kwargs } };
  return { ...plans, plans_name: PLANS, configurations: { '3d_fullres': small } };
}
