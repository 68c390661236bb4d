import { readModelFile } from '@nnunet/inference/internal';
import { initialiseWeights } from '@nnunet/network';
import { nodeRuntime } from '@nnunet/network/node/internal';
import { openZip } from '@nnunet/tensor';
import { concatenate } from '@nnunet/tensor/internal';
import { bytesSource, openTorchCheckpoint } from '@nnunet/torch-checkpoint';
import { expect, it } from 'vitest';
import { labelledBlobs } from './labelled-blobs.fixture.ts';
import { startingState } from './training-state.ts';
import { archiveOfTuned, archiveOfTunedV2 } from './tuned-archive.ts';
import { tunedTrainerV2 } from './tuned-trainer.ts';
import { Tuning, tuningSettings } from './tuning.ts';
import { prepareTuningCaseV2 } from './tuning-cases.ts';
import { tinyContextV2 } from './v2/tiny-plans-v2.fixture.ts';
import { TrainerV2 } from './v2/trainer-v2.ts';

const labels = { background: 0, bright: 1, brighter: 2 };
const regions = { background: 0, bright: [1, 2], brighter: 2 };
const inOrder = { dataset: { regions_class_order: [1, 2] } };
const weightsOf = (trainer: TrainerV2) => initialiseWeights(trainer.network(), 1);

/** The archive of a model with drawn weights. */
function modelFile(trainer: TrainerV2): Uint8Array {
  const state = startingState(tuningSettings(), 0.99);
  const history = { dice: [], starts: [], ends: [] };
  return archiveOfTunedV2({ state, weights: weightsOf(trainer), history }, trainer);
}

const tuningOf = async (trainer: TrainerV2) => {
  const stored = await readModelFile(modelFile(trainer), 'm.zip', 1e9);
  return Tuning.prepare(stored, [0, 1].map(labelledBlobs), { runtime: nodeRuntime, threads: 1, where: 'm.zip' });
};
const short = { epochs: 2, iterationsPerEpoch: 10, validationIterationsPerEpoch: 1, initialLearningRate: 0.05 };

it.each([
  ['labels', new TrainerV2(tinyContextV2(labels))],
  ['regions', new TrainerV2(tinyContextV2(regions, inOrder))],
])('trains a model of nnU-Net v2 with %s further, and stores it as v2 does', async (_, trainer) => {
  const tuning = await tuningOf(trainer);
  expect(tuning.batchSize).toBe(2);
  const losses: number[] = [];
  const onProgress = ({ phase, loss }: { phase: string; loss: number }) => phase === 'training' && losses.push(loss);
  const { model, result, log } = await tuning.train(short, { onProgress });
  expect([result, log.trainLosses.length, losses.length]).toEqual(['finished', 2, 20]);
  expect(Math.min(...losses.slice(10))).toBeLessThan(losses[0]!);
  const { name, bytes } = await archiveOfTuned(model, 'Dataset501_Liver');
  expect(name).toBe('Dataset999_Liver_adapted');
  const archive = concatenate(bytes);
  const folder = 'Dataset999_Liver_adapted/nnUNetTrainer__nnUNetPlans__3d_fullres';
  const files = await openZip(archive, 'a.zip', 1e9);
  const checkpoint = `${folder}/fold_0/checkpoint_final.pth`;
  expect([...files.keys()]).toEqual([`${folder}/plans.json`, `${folder}/dataset.json`, checkpoint]);
  const { rules, members } = await readModelFile(archive, 'a.zip', 1e9);
  expect(rules.description).toEqual((await readModelFile(modelFile(trainer), 'm.zip', 1e9)).rules.description);
  const before = weightsOf(trainer);
  const changed = [...members[0]!].filter(([name, { data }]) => data.some((w, i) => w !== before.get(name)!.data[i]));
  expect(changed.length).toBeGreaterThan(10);
  const { value } = await openTorchCheckpoint(bytesSource(files.get(checkpoint)!(), checkpoint));
  const stored = value as Map<string, unknown>;
  const logging = stored.get('logging') as Map<string, number[]>;
  expect(stored.get('current_epoch')).toBe(2);
  expect(logging.get('train_losses')).toEqual(log.trainLosses);
  expect(logging.get('dice_per_class_or_region')).toHaveLength(2);
  const [starts, ends] = ['epoch_start_timestamps', 'epoch_end_timestamps'].map((key) => logging.get(key)!);
  expect(ends![0]! - starts![0]!).toBeGreaterThan(0);
  expect(Math.abs(ends![1]! - Date.now() / 1000)).toBeLessThan(60);
});

it('prepares a case by the plans of v2: normalised image, labels, and where each class or region is', () => {
  const given = labelledBlobs(0);
  // The position of the label map does not count in v2.
  const moved = { ...given, labels: { ...given.labels, origin: [5, 5, 5] as const } };
  const { id, shape, data, seg, classLocations } = prepareTuningCaseV2(
    moved,
    new TrainerV2(tinyContextV2(regions, inOrder)),
  );
  expect([id, shape]).toEqual(['case_0', [12, 14, 13]]);
  expect([...seg]).toEqual(Array.from(given.labels.data, Number));
  expect(data.reduce((sum, value) => sum + value, 0) / data.length).toBeCloseTo(0, 5);
  expect(new Set(classLocations!.keys())).toEqual(new Set([2, '1,2']));
});

it('keeps the order of the labels in what it stores', async () => {
  const { dataset: own, ...context } = tinyContextV2(regions, inOrder);
  // Numbers come first in an object.
  const dataset = JSON.stringify(own, null, 4).replace('"brighter"', '"2"');
  const trainer = new TrainerV2({ ...context, dataset });
  expect(trainer.labels.regions!.map(({ name }) => name)).toEqual(['bright', '2']);
  const stored = await readModelFile(modelFile(trainer), 'm.zip', 1e9);
  expect(stored.rules.files['dataset.json']).toBe(dataset);
  expect(stored.rules.labelNames).toEqual({ 0: 'background', 1: 'bright', 2: '2' });
  expect(tunedTrainerV2(stored, 'm.zip').labels).toEqual(trainer.labels);
});

it('refuses models of v2 that cannot be trained further in a page', async () => {
  const stored = await readModelFile(modelFile(new TrainerV2(tinyContextV2(labels))), 'm.zip', 1e9);
  const options = { runtime: nodeRuntime, threads: 1, where: 'm.zip' };
  const refused = (change: object) => {
    const description = { ...stored.rules.description, ...change };
    const { files } = stored.rules;
    const rules = { ...stored.rules, version: 2, description, files, needsPreviousStage: 'previousLabels' in change };
    return expect(Tuning.prepare({ ...stored, rules: rules as never }, [], options)).rejects;
  };
  await refused({ previousLabels: [1, 2] }).toThrow(/^m\.zip: is the second stage of a cascade/);
  await refused({ trainer: 'MyTrainer' }).toMatchObject({ tag: 'unknown-trainer' });
  const network = { ...stored.rules.description.network, deepSupervision: false };
  await refused({ network }).toThrow(/^m\.zip: nnUNetTrainer would train another network with these plans: /);
});
