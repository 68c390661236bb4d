import type { ModelDescription } from '@nnunet/inference';
import { decodeCheckpoint, METADATA_KEY, readModelFile, WEIGHT_PREFIX } from '@nnunet/inference/internal';
import { initialiseWeights } from '@nnunet/network';
import { nodeRuntime } from '@nnunet/network/node/internal';
import { encodeSafetensors } from '@nnunet/tensor';
import { tinyPlans } from '@nnunet/testing';
import { beforeAll, expect, it } from 'vitest';
import { nnUNetTrainerV2 } from './default-trainer-v1.ts';
import { labelledBlobs } from './labelled-blobs.fixture.ts';
import type { TrainingProgress } from './training-ports.ts';
import { Tuning } from './tuning.ts';
import type { LabelledCase } from './tuning-cases.ts';

const plans = tinyPlans([8, 8]);
const trainer = new nnUNetTrainerV2({ plans, configuration: '2d', stage: 0, batchDice: true });

/** The file of a model with drawn weights. */
function modelFile(change: Partial<ModelDescription> = {}): Uint8Array {
  const model = { ...trainer.describeModel(), labels: { 1: 'bright', 2: 'brighter' }, ...change };
  const weights = [...initialiseWeights(model.network, 1)].map(([name, t]) => [WEIGHT_PREFIX + name, t] as const);
  return encodeSafetensors(new Map(weights), { [METADATA_KEY]: JSON.stringify({ version: 1, model }) });
}

const runtime = { runtime: nodeRuntime, threads: 1, where: 'm.safetensors' };

async function prepared(cases: LabelledCase[] = [0, 1].map(labelledBlobs), change?: Partial<ModelDescription>) {
  const stored = await readModelFile(modelFile(change), 'm.safetensors', 1e9);
  return Tuning.prepare(stored, cases, runtime);
}

const short = { epochs: 2, iterationsPerEpoch: 3, validationIterationsPerEpoch: 1, initialLearningRate: 0.01 };

let tuning: Tuning;
beforeAll(async () => {
  tuning = await prepared();
});

it('trains a model further with its own trainer, and always from the given weights', async () => {
  expect(tuning.secondsPerStep).toBeGreaterThan(0);
  expect(tuning.batchSize).toBe(2);
  const told: TrainingProgress[] = [];
  const first = await tuning.train(short, { onProgress: (progress) => told.push(progress) });
  expect(first.result).toBe('finished');
  expect(first.log.trainLosses).toHaveLength(2);
  expect(told.map(({ phase, epoch, iteration }) => `${phase} ${epoch}.${iteration}`)).toEqual([
    ...['training 1.1', 'training 1.2', 'training 1.3', 'validation 1.1'],
    ...['training 2.1', 'training 2.2', 'training 2.3', 'validation 2.1'],
  ]);
  const losses = told.filter(({ phase }) => phase === 'training').map(({ loss }) => loss);
  expect(first.log.trainLosses[1]).toBeCloseTo((losses[3]! + losses[4]! + losses[5]!) / 3, 12);
  expect(Math.min(...losses.slice(3))).toBeLessThan(losses[0]!);
  const second = await tuning.train(short);
  const [weights, again] = [first, second].map(({ model }) => decodeCheckpoint(model, 'tuned').weights);
  expect(again).toEqual(weights);
  const { description, momenta, json } = decodeCheckpoint(first.model, 'tuned');
  const original = decodeCheckpoint(modelFile(), 'original');
  expect(description).toEqual(original.description);
  expect(momenta.size).toBe(0);
  expect(json.about).toEqual({ cases: ['case_0', 'case_1'] });
  const unchanged = [...original.weights].filter(([name, { data }]) =>
    data.every((w, i) => w === weights!.get(name)!.data[i]),
  );
  // The last head has no weight in the loss, and a bias before a norm no gradient and the value 0.
  expect(unchanged.every(([name]) => name.startsWith('seg_outputs.0') || name.endsWith('bias'))).toBe(true);
});

it('stops after the current step, and keeps what was learnt', async () => {
  const stop = new AbortController();
  let steps = 0;
  const onProgress = () => {
    if (++steps === 2) stop.abort();
  };
  const stopped = await tuning.train({ ...short, epochs: 1 }, { signal: stop.signal, onProgress });
  expect(stopped.result).toBe('stopped');
  expect(steps).toBe(2);
  // The learning rate is that of the first epoch in both.
  const two = await tuning.train({ ...short, epochs: 1, iterationsPerEpoch: 2 });
  expect(decodeCheckpoint(stopped.model, 'stopped').weights).toEqual(decodeCheckpoint(two.model, 'two').weights);
});

it('says why a case or a model cannot be used', async () => {
  const [one, other] = [labelledBlobs(0), labelledBlobs(1)];
  const labelled = (given: LabelledCase, value: number) => ({
    ...given,
    labels: { ...given.labels, data: new Uint8Array(2184).fill(value) },
  });
  await expect(prepared([one, labelled(other, 7)])).rejects.toMatchObject({ tag: 'undeclared-labels' });
  await expect(prepared([labelled(one, 0), labelled(other, 0)])).rejects.toThrow(
    'none of the label maps (case_0, case_1) has a label other than 0',
  );
  await expect(prepared([labelled(one, 0), other])).resolves.toBeInstanceOf(Tuning);
  const two = { ...one, images: [one.images[0]!, one.images[0]!] };
  await expect(prepared([two])).rejects.toThrow(/^case_0: has 2 modalities, but the plans are for 1/);
  await expect(prepared([one], { trainer: 'MyTrainer' })).rejects.toMatchObject({ tag: 'unknown-trainer' });
  await expect(prepared([one], { trainer: 'nnUNetTrainerV2_noDeepSupervision' })).rejects.toThrow(
    /^m\.safetensors: nnUNetTrainerV2_noDeepSupervision would train another network with these plans: deepSupervision was true/,
  );
});
