import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker, WorkerOptions } from 'node:worker_threads';
import { counterRandom } from '@nnunet/tensor';
import { temporaryFolder } from '@nnunet/testing';
import { loadPlugins } from '@nnunet/threads/node';
import { beforeEach, expect, it, vi } from 'vitest';
import { recipeV1 } from '../recipe-v1.ts';
import type { BatchKey } from '../sample-batch.ts';
import { shippedTransforms } from '../transform-registry.ts';
import { type BatchLoaderOptions, startBatchLoader } from './batch-loader.ts';

/** Threads that were started, what each was started with, and the batches it was asked for. */
interface Started {
  worker: Worker;
  data: { source: unknown; validation: boolean };
  asked: number[];
}
const threads = vi.hoisted(() => [] as Started[]);
vi.mock('node:worker_threads', async (original) => {
  const module = await original<typeof import('node:worker_threads')>();
  class Recorded extends module.Worker {
    readonly asked: number[] = [];
    constructor(path: string | URL, options: WorkerOptions) {
      super(path, options);
      threads.push({ worker: this, data: options.workerData, asked: this.asked });
    }
    override postMessage(key: BatchKey): void {
      this.asked.push(3 * key.epoch + key.iteration);
      super.postMessage(key);
    }
  }
  return { ...module, Worker: Recorded };
});
beforeEach(() => void threads.splice(0));

const temporary = temporaryFolder();
const shape = [10, 12, 11];
const size = 10 * 12 * 11;
const cases = ['a', 'b'].map((id) => {
  const data = counterRandom(id).fillNormal(new Float32Array(size));
  return { id, shape, data, seg: Float32Array.from(data, (value) => (value > 1 ? 1 : 0)) };
});
const options: BatchLoaderOptions = {
  source: { kind: 'arrays', cases },
  recipe: recipeV1({ patchSize: [8, 8], batchSize: 1 }),
  seed: 1,
  iterationsPerEpoch: 3,
};
const asked = () => threads.map((thread) => thread.asked);

it('asks its threads in turn for three batches in advance, and for another with each that is given', async () => {
  const loader = startBatchLoader({ ...options, workers: 2 });
  expect(asked()).toEqual([[0, 2], [1]]);
  await loader.next();
  expect(asked()).toEqual([
    [0, 2],
    [1, 3],
  ]);
  await loader.next();
  expect(asked()).toEqual([
    [0, 2, 4],
    [1, 3],
  ]);
  await loader.close();
});

it('has one thread if not told otherwise, and makes as many batches in advance as asked for, one a thread at least', async () => {
  for (const [more, expected] of [
    [{}, [[0, 1, 2]]],
    [{ ahead: 1 }, [[0]]],
    [{ ahead: 5 }, [[0, 1, 2, 3, 4]]],
    [{ ahead: 1, workers: 2 }, [[0], [1]]],
    [{ endEpoch: 2, startEpoch: 1, startIteration: 1 }, [[4, 5]]],
  ] as const) {
    threads.splice(0);
    const loader = startBatchLoader({ ...options, ...more });
    expect(asked()).toEqual(expected);
    await loader.close();
  }
});

it('shares the memory for cases among its threads', async () => {
  const source = { kind: 'prepared', folder: '/nowhere', caseIds: ['a'] } as const;
  for (const [given, workers, each] of [
    [3000, 3, 1000],
    [undefined, 2, 2 ** 29],
  ] as const) {
    threads.splice(0);
    const loader = startBatchLoader({ ...options, source: { ...source, cacheBytes: given }, workers });
    expect(threads.map(({ data }) => data)).toEqual(
      new Array(workers).fill(expect.objectContaining({ source: { ...source, cacheBytes: each }, validation: false })),
    );
    await loader.close();
  }
});

it.each([0, 1])('counts the time that its callers wait, with %i threads', async (workers) => {
  const loader = startBatchLoader({ ...options, workers });
  expect(loader.waitedMs).toBe(0);
  const start = performance.now();
  await loader.next();
  await loader.next();
  expect(loader.waitedMs).toBeGreaterThan(0);
  expect(loader.waitedMs).toBeLessThanOrEqual(performance.now() - start);
  await loader.close();
});

it('fails the batches of a thread that ends, by name, and those that it should make later', async () => {
  const loader = startBatchLoader({ ...options, workers: 2 });
  for (let i = 0; i < 4; i++) await loader.next();
  // The second thread may have made batch 5 already; it has just been asked for batch 7, and later for batch 9.
  const asked = [loader.next(), loader.next().catch(() => null)];
  threads[1]!.worker.emit('error', new Error('no memory'));
  await Promise.all(asked);
  for (const where of ['batch 1 of epoch 2', 'batch 0 of epoch 3']) {
    await loader.next();
    const what = expect.stringMatching(/ended: no memory$/);
    await expect(loader.next()).rejects.toMatchObject({ tag: 'thread-ended', where, what });
  }
  await loader.close();
});

it('finds transforms of modules whatever the number of threads, and refuses those that a thread cannot know', async () => {
  const plugin = join(temporary, 'mine.mjs');
  writeFileSync(
    plugin,
    `export const shift = {
       name: 'shift',
       draw: ({ by }, sample) => by + sample.random().uniform(),
       apply: ({ data }, shifted) => data.forEach((value, i) => (data[i] = value + shifted)),
     };`,
  );
  const recipe = { ...options.recipe, shift: { by: 100 } };
  const { transforms } = await loadPlugins([plugin], { transforms: shippedTransforms });
  const batches = async (more: Partial<BatchLoaderOptions>) => {
    const loader = startBatchLoader({ ...options, recipe, ...more });
    try {
      return [await loader.next(), await loader.next()];
    } finally {
      await loader.close();
    }
  };
  const made = await batches({ transforms, workers: 0 });
  expect(Math.min(...made[0]!.data)).toBeGreaterThan(50);
  expect(await batches({ transforms, workers: 1 })).toEqual(made);
  expect(await batches({ transforms, workers: 2 })).toEqual(made);
  const given = shippedTransforms.with(transforms.get('shift'));
  expect(await batches({ transforms: given, workers: 0 })).toEqual(made);
  const error = { tag: 'bad-recipe', what: expect.stringContaining('"shift"') };
  await expect(batches({ transforms: given, workers: 1 })).rejects.toMatchObject(error);
});

it('ends its threads when it is closed', async () => {
  const loader = startBatchLoader({ ...options, workers: 2 });
  const ended = Promise.all(threads.map(({ worker }) => once(worker, 'exit')));
  await loader.close();
  await ended;
});
