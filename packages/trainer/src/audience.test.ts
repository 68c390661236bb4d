import { expect, it } from 'vitest';
import { Audience } from './audience.ts';
import { type ListenerEntry, shippedListeners } from './training-listener.ts';

const training = {
  ...{ task: 'Task900_Tiny', configuration: '2d' as const, fold: 0, trainer: 'Mine', foldFolder: 'fold_0' },
  classes: ['1', '2'],
};
const finished = { result: 'finished', epoch: 3 } as const;

async function gather(...listeners: ListenerEntry[]) {
  const reports: string[] = [];
  const audience = await Audience.gather(shippedListeners.with(...listeners), training, async (text) => {
    reports.push(text);
  });
  return { audience, reports };
}

it('tells each listener the events that it has a method for, in order, and where they happened', async () => {
  const heard: unknown[] = [];
  const slow = {
    name: 'slow',
    finished: async (event: object) => {
      await new Promise((resolve) => setImmediate(resolve));
      heard.push(['slow', event]);
    },
  };
  const quick = { name: 'quick', finished: (event: object) => void heard.push(['quick', event]) };
  const { audience, reports } = await gather(slow, quick);
  await audience.tell('checkpointSaved', { kind: 'best', file: 'model_best', epoch: 2 });
  await audience.tell('finished', finished);
  expect(heard).toEqual([
    ['slow', { ...training, ...finished }],
    ['quick', { ...training, ...finished }],
  ]);
  expect(reports).toEqual([]);
});

it('makes an object of a class for each training', async () => {
  class Counter {
    heard = 0;
    finished() {
      counts.push(++this.heard);
    }
  }
  const counts: number[] = [];
  for (const times of [2, 1]) {
    const { audience } = await gather(Counter);
    for (let i = 0; i < times; i++) await audience.tell('finished', finished);
  }
  expect(counts).toEqual([1, 2, 1]);
});

it('tells the same object of a class of what follows the training', async () => {
  const heard: string[] = [];
  class Tracker {
    run = '';
    started() {
      this.run = 'run 7';
    }
    validated() {
      heard.push(this.run);
    }
  }
  const { audience } = await gather(Tracker);
  await audience.tell('started', {} as never);
  const later = await Audience.gather(audience.listeners, training, async () => {});
  await later.tell('validated', { cases: [], scores: {}, summaryFile: 'summary.json' });
  expect(heard).toEqual(['run 7']);
});

it('reports a listener that fails once, and goes on telling it and the others', async () => {
  let heard = 0;
  const angry = {
    name: 'angry',
    started: async () => {
      throw new Error('not again');
    },
    finished: () => {
      heard++;
      throw new TypeError('never');
    },
  };
  class Broken {
    constructor() {
      throw new Error('no disk');
    }
    finished() {
      heard++;
    }
  }
  const calm = { name: 'calm', finished: () => void heard++ };
  const { audience, reports } = await gather(Broken, angry, calm);
  await audience.tell('started', {} as never);
  for (let i = 0; i < 2; i++) await audience.tell('finished', finished);
  expect(heard).toBe(4);
  expect(reports).toEqual([
    'warning: the listener Broken failed (constructor: no disk); the training goes on',
    'warning: the listener angry failed (started: not again); the training goes on',
  ]);
});

it('keeps listeners from changing the training and what others hear', async () => {
  const state = { kind: 'best' as const, file: 'model_best', epoch: 2, log: [1] };
  const heard: unknown[] = [];
  const vandal = {
    name: 'vandal',
    checkpointSaved: (event: { log?: number[]; classes: string[] }) => {
      event.log?.push(9);
      event.classes.length = 0;
    },
  };
  const witness = { name: 'witness', checkpointSaved: (event: object) => void heard.push(event) };
  const { audience } = await gather(vandal, witness);
  await audience.tell('checkpointSaved', state);
  expect(heard).toEqual([{ ...training, kind: 'best', file: 'model_best', epoch: 2, log: [1] }]);
  expect(state.log).toEqual([1]);
});

it('recognises listeners among the exports of a module', () => {
  const exported = {
    object: { name: 'object', epochEnded() {} },
    Class: class Class {
      failed() {}
    },
    nameless: { epochEnded() {} },
    deaf: { name: 'deaf', draw() {} },
    text: 'epochEnded',
    nothing: null,
    arrow: () => undefined,
  };
  expect(shippedListeners.withModule('mine.mjs', exported).names()).toEqual(['object', 'Class']);
});
