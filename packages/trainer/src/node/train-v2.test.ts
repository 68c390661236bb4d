import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readModelFolderV2 } from '@nnunet/inference/node/internal';
import { temporaryFolder } from '@nnunet/testing';
import { openTorchFile } from '@nnunet/torch-checkpoint/node';
import { beforeAll, expect, it, vi } from 'vitest';
import { shippedListeners } from '../training-listener.ts';
import { tinyFoldContextV2 as context, optionsInV2 as optionsIn } from './tiny-fold-v2.fixture.ts';
import { type TrainedFoldV2, trainV2 } from './train-v2.ts';

async function checkpoint(file: string): Promise<Map<string, unknown>> {
  const { value, close } = await openTorchFile(file).then((torch) => ({ value: torch.value, close: () => torch.close() })); // biome-ignore format: a row
  await close();
  return value as Map<string, unknown>;
}

/** A training that nothing stopped. */
let whole: TrainedFoldV2;
const root = temporaryFolder();
const losses: number[] = [];
const dataset = JSON.stringify(context.dataset);
beforeAll(async () => {
  whole = await trainV2(await optionsIn(root, { dataset, onEpoch: ({ trainLoss }) => losses.push(trainLoss) }));
});

it('trains a model of nnU-Net v2, which predicts and says how it was trained', async () => {
  const { result, foldFolder, state } = whole;
  const [preprocessedFolder, modelFolder] = [join(root, 'preprocessed'), dirname(foldFolder)];
  expect([result, state.epoch, losses.length]).toEqual(['finished', 2, 2]);
  const names = readdirSync(foldFolder).filter((name) => !name.startsWith('training_log'));
  expect(names.sort()).toEqual(['checkpoint_best.pth', 'checkpoint_final.pth', 'debug.json', 'progress.png']);
  expect(JSON.parse(readFileSync(join(modelFolder, 'plans.json'), 'utf8'))).toEqual(context.plans);
  expect(readFileSync(join(modelFolder, 'dataset.json'), 'utf8')).toBe(dataset);
  expect(existsSync(join(preprocessedFolder, 'splits_final.json'))).toBe(true);
  const { description, members } = await readModelFolderV2(modelFolder);
  expect(description).toMatchObject({ trainer: 'nnUNetTrainer', mirrorAxes: [0, 1, 2], regionClassOrder: [1, 2] });
  expect(members[0]).toMatchObject({ epochs: 2 });
  const stored = await checkpoint(join(foldFolder, 'checkpoint_final.pth'));
  const logging = stored.get('logging') as Map<string, number[]>;
  for (const [key, list] of logging) expect(list, key).toHaveLength(2);
  expect(logging.get('train_losses')).toEqual(losses);
  expect(logging.get('lrs')![0]).toBe(0.01);
  const log = readdirSync(foldFolder).find((name) => /^training_log.*\.txt$/.test(name))!;
  const told = [...readFileSync(join(foldFolder, log), 'utf8').matchAll(/lr: (\S+)/g)].map(([, rate]) => rate);
  expect(told).toEqual(logging.get('lrs')!.map((rate) => rate.toFixed(6)));
  expect(stored.get('_best_ema')).toBe(state.best);
  // Ten blocks' parameters and two heads; the lower head is never trained, and the optimiser knows nothing of it.
  const optimizer = (stored.get('optimizer_state') as Map<string, Map<number, unknown>>).get('state')!;
  const [group] = (stored.get('optimizer_state') as Map<string, Map<string, number[]>[]>).get('param_groups')!;
  expect(group!.get('params')!.length - optimizer.size).toBe(2);
});

it('tells listeners what happens, in the order of the files', async () => {
  const heard: [string, Record<string, unknown>][] = [];
  const hear = (event: string) => (what: object) => void heard.push([event, what as Record<string, unknown>]);
  const events = ['started', 'epochEnded', 'checkpointSaved', 'finished', 'failed'];
  const witness = { name: 'witness', ...Object.fromEntries(events.map((event) => [event, hear(event)])) };
  const told = await optionsIn(temporaryFolder(), { listeners: shippedListeners.with(witness) });
  const { foldFolder, listeners } = await trainV2(told);
  expect(listeners.names()).toEqual(['witness']);
  const where = { task: context.plans.dataset_name, configuration: '3d_fullres', fold: 0, trainer: 'nnUNetTrainer' };
  for (const [, what] of heard) expect(what).toMatchObject({ ...where, foldFolder, classes: ['whole', 'core'] });
  const names = heard.map(([event, { kind = '' }]) => `${event} ${kind}`.trim());
  expect(names.filter((name) => name !== 'checkpointSaved best')).toEqual([
    ...['started', 'epochEnded', 'epochEnded', 'checkpointSaved final', 'finished'],
  ]);
  expect(heard[0]![1]).toMatchObject({ epoch: 0, settings: told.settings });
  expect(heard[1]![1]).toMatchObject({ epoch: 1, epochs: 2, picture: join(foldFolder, 'progress.png') });
  const { file } = heard.find(([event]) => event === 'checkpointSaved')![1];
  expect(dirname(String(file))).toBe(foldFolder);
});

it('keeps and tells of the latest model alone where it is not to be kept', async () => {
  const checkpointSaved = vi.fn();
  const listeners = shippedListeners.with({ name: 'witness', checkpointSaved });
  const { foldFolder } = await trainV2(await optionsIn(temporaryFolder(), { listeners, disableSaving: true }));
  const file = join(foldFolder, 'checkpoint_latest.pth');
  // The first epoch's model is the best until then, and not written.
  expect(checkpointSaved.mock.calls.map(([{ kind, epoch }]) => [kind, epoch])).toEqual([['latest', 2]]);
  expect(checkpointSaved.mock.calls[0]![0].file).toBe(file);
  expect(readdirSync(foldFolder).filter((name) => name.endsWith('.pth'))).toEqual(['checkpoint_latest.pth']);
});

it('ends a training that was stopped like one that was not', async () => {
  const stop = new AbortController();
  const options = await optionsIn(temporaryFolder(), {
    signal: stop.signal,
    onProgress: ({ epoch, iteration, phase }) => {
      if (epoch === 2 && iteration === 1 && phase === 'training') stop.abort();
    },
  });
  const first = await trainV2(options);
  expect(first.result).toBe('interrupted');
  const second = await trainV2({ ...options, signal: undefined, onProgress: undefined, continueTraining: true });
  expect(second.result).toBe('finished');
  expect(existsSync(join(second.foldFolder, 'checkpoint_latest.pth'))).toBe(false);
  const weights = async (folder: string) => (await readModelFolderV2(join(folder, '..'))).members[0]!.weights;
  const [own, other] = [await weights(second.foldFolder), await weights(whole.foldFolder)];
  expect([...own.keys()]).toEqual([...other.keys()]);
  for (const [name, { data }] of own) expect(data, name).toEqual(other.get(name)!.data);
  expect(second.state.log.trainLosses).toEqual(whole.state.log.trainLosses);
  // Nothing is left to do.
  const again = { ...options, signal: undefined, onProgress: undefined };
  expect((await trainV2({ ...again, continueTraining: true })).state.epoch).toBe(2);
  // A new training keeps the model of the earlier one.
  const lines: string[] = [];
  await trainV2({
    ...again,
    settings: { ...again.settings, epochs: 1, iterationsPerEpoch: 1 },
    onLog: (text) => lines.push(text),
  });
  expect(lines).toContain('the model of an earlier training is kept as checkpoint_final.replaced.pth');
  expect(existsSync(join(second.foldFolder, 'checkpoint_final.replaced.pth'))).toBe(true);
});

it('leaves a training that ended by its time as it is', async () => {
  const stop = new AbortController();
  const options = await optionsIn(temporaryFolder(), { signal: stop.signal, onProgress: () => stop.abort() });
  expect((await trainV2(options)).result).toBe('interrupted');
  const lines: string[] = [];
  const again = { ...options, signal: undefined, continueTraining: true, onLog: (text: string) => lines.push(text) };
  const ended = { epoch: 0, finished: true };
  expect((await trainV2({ ...again, settings: { timeBudget: 1e-6 } })).state).toMatchObject(ended);
  lines.length = 0;
  expect((await trainV2({ ...again, settings: {} })).state).toMatchObject(ended);
  expect(lines).toEqual([
    expect.stringMatching(/^continuing from .*checkpoint_final.pth, after epoch 0$/),
    'this training is already finished: 0 epochs',
  ]);
});

it('says once that nothing was there to continue, and that sessions share its batches', async () => {
  const lines: string[] = [];
  const settings = { epochs: 1, iterationsPerEpoch: 1, validationIterationsPerEpoch: 1 };
  const more = { continueTraining: true, settings, compute: { threads: 2, sessions: 2, lowering: 'plain' as const } };
  await trainV2(await optionsIn(temporaryFolder(), { ...more, onLog: (text) => void lines.push(text) }));
  expect(lines.filter((line) => / new training/.test(line))).toEqual([
    'there is no checkpoint to continue from: a new training starts',
  ]);
  expect(lines).toContain('2 sessions share each batch of 2');
});

it('keeps a time for the training, and refuses one that is too short', async () => {
  const options = await optionsIn(temporaryFolder(), { settings: { timeBudget: 1e-6 } });
  await expect(trainV2(options)).rejects.toMatchObject({ tag: 'usage', what: /leaves no time for training/ });
  expect(existsSync(options.modelFolder)).toBe(false);
});
