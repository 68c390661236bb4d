import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng } from '@nnunet/plot';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { type ReadEvents, readEvents } from '../event-file.fixture.ts';
import type { TrainingEvent } from '../training-listener.ts';
import { defaultSettings } from '../training-settings.ts';
import { shippedLoggers } from './loggers.ts';
import { TensorBoardListener } from './tensorboard-listener.ts';

/** A training of a folder of its own. */
function training() {
  const foldFolder = temporaryFolder();
  const about = {
    task: 'Task900_Tiny',
    configuration: '2d' as const,
    fold: 0,
    trainer: 'nnUNetTrainerV2',
    foldFolder,
    classes: ['1', '2'],
  };
  const picture = join(foldFolder, 'progress.png');
  writeFileSync(picture, encodePng({ width: 3, height: 2, data: new Uint8Array(3 * 2 * 3) }));
  const started = (epoch: number): TrainingEvent<'started'> => ({
    ...about,
    settings: { ...defaultSettings, epochs: 100 },
    batchSize: 12,
    patchSize: [56, 40],
    trainingCases: ['a', 'b', 'c'],
    validationCases: ['d'],
    epoch,
  });
  const ended = (epoch: number, more: Partial<TrainingEvent<'epochEnded'>> = {}) =>
    ({
      ...about,
      epoch,
      epochs: 100,
      trainLoss: 1 / epoch,
      validationLoss: 2 / epoch,
      classDice: [0.5, Number.NaN],
      metric: 0.5,
      criterion: 0.25,
      learningRate: 0.01,
      seconds: 7,
      picture,
      ...more,
    }) as TrainingEvent<'epochEnded'>;
  const files = () => readdirSync(join(foldFolder, 'tensorboard')).sort();
  const read = (): ReadEvents[] =>
    files().map((name) => readEvents(readFileSync(join(foldFolder, 'tensorboard', name))));
  return { about, started, ended, files, read };
}

const curve = ({ values }: ReadEvents, tag: string) =>
  values.filter((value) => value.tag === tag).map(({ step, scalar }) => [step, scalar]);

it('writes curves over the epochs, the settings and pictures', async () => {
  const { started, ended, files, read, about } = training();
  const listener = new TensorBoardListener();
  await listener.started(started(0));
  for (let epoch = 1; epoch <= 6; epoch++) await listener.epochEnded(ended(epoch));
  await listener.finished({ ...about, result: 'finished', epoch: 6 });
  expect(files()).toEqual([expect.stringMatching(/^events\.out\.tfevents\.\d{10}\./)]);
  const [events] = read() as [ReadEvents];
  expect(events.version).toBe('brain.Event:2');
  expect(events.starts).toEqual([1]);
  expect(curve(events, 'loss/training')).toEqual([1, 2, 3, 4, 5, 6].map((e) => [e, Math.fround(1 / e)]));
  expect(curve(events, 'loss/validation')[5]).toEqual([6, Math.fround(1 / 3)]);
  expect(curve(events, 'dice/1')).toHaveLength(6);
  expect(curve(events, 'dice/2')).toEqual([]);
  expect(curve(events, 'dice/mean')[0]).toEqual([1, 0.5]);
  expect(curve(events, 'dice/moving average')[0]).toEqual([1, 0.25]);
  expect(curve(events, 'learning_rate')[2]).toEqual([3, Math.fround(0.01)]);
  expect(curve(events, 'seconds')[0]).toEqual([1, 7]);
  const [settings] = events.values.filter(({ tag }) => tag === 'settings');
  for (const row of ['| epochs | 100 |', '| batchSize | 12 |', '| patchSize | 56 x 40 |', '| trainingCases | 3 |'])
    expect(settings!.text).toContain(row);
  // One in five of 100 epochs, and the last.
  const pictures = events.values.filter(({ image }) => image !== undefined);
  expect(pictures.map(({ step }) => step)).toEqual([5, 6]);
  expect(pictures[0]!.image).toMatchObject({ height: 2, width: 3, channels: 4 });
});

it('goes on in a new file from the epoch of the checkpoint, and takes back what was ahead of it', async () => {
  const { started, ended, files, read } = training();
  for (const before of [0, 2, 2]) {
    const listener = new TensorBoardListener();
    await listener.started(started(before));
    for (let epoch = before + 1; epoch <= before + 3; epoch++) await listener.epochEnded(ended(epoch));
  }
  const all = read();
  expect(new Set(files()).size).toBe(3);
  expect(all.map(({ starts }) => starts)).toEqual([[1], [3], [3]]);
  expect(all.map((events) => curve(events, 'seconds').map(([step]) => step))).toEqual([[1, 2, 3], [3, 4, 5], [3, 4, 5]]); // biome-ignore format: a row
});

it('writes the scores of the validation, also of a training that ended earlier', async () => {
  const { about, read, started, ended } = training();
  const scores = { 1: { Dice: 0.75, Jaccard: 0.61238 }, 2: { Dice: Number.NaN, Jaccard: Number.NaN } };
  const validated = { ...about, cases: ['d'], scores, summaryFile: '' };
  const listener = new TensorBoardListener();
  await listener.started(started(0));
  await listener.epochEnded(ended(1));
  await listener.validated(validated);
  await new TensorBoardListener().validated({ ...validated, scores: { 1: { Dice: 0.5, Jaccard: 0.4 } } });
  const [first, later] = read() as [ReadEvents, ReadEvents];
  expect(curve(first, 'validation Dice/1')).toEqual([[1, 0.75]]);
  expect(curve(first, 'validation Dice/2')).toEqual([]);
  const table = first.values.find(({ tag }) => tag === 'validation')!.text!;
  expect(table).toMatch(/^Means over 1 case$/m);
  expect(table).toContain('| label | Dice | Jaccard |');
  expect(table).toContain('| 1 | 0.75 | 0.6124 |');
  expect(table).toContain('| 2 | NaN | NaN |');
  expect(curve(later, 'validation Dice/1')).toEqual([[0, 0.5]]);
  // Nothing of the training is taken back.
  expect(later.starts).toEqual([]);
});

it('begins another file after one that it could not write', async () => {
  const { started, ended, files, about } = training();
  const listener = new TensorBoardListener();
  await listener.started(started(0));
  const path = (index: number) => join(about.foldFolder, 'tensorboard', files()[index]!);
  const first = path(0);
  rmSync(first);
  mkdirSync(first);
  await expect(listener.epochEnded(ended(1))).rejects.toMatchObject({ tag: 'not-a-file', where: first });
  await listener.epochEnded(ended(2));
  expect(files()).toHaveLength(2);
  const events = readEvents(readFileSync(path(1)));
  expect(events.version).toBe('brain.Event:2');
  expect(curve(events, 'seconds')).toEqual([[2, 7]]);
  // The epochs of the earlier file still count.
  expect(events.starts).toEqual([]);
});

it('is found by its name', () => {
  expect(shippedLoggers.get('tensorboard')).toBe(TensorBoardListener);
  expect(() => shippedLoggers.get('tensorbord')).toThrow(/tensorboard/);
});
