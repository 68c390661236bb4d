import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Answer, Call } from './call-protocol.ts';
import { loadModel } from './load-model.ts';
import type { TabProgress, TabRequest } from './tab-protocol.ts';

/** The workers that the page started, with what it sent to each. */
const workers: FakeWorker[] = [];
class FakeWorker {
  readonly sent: Call<TabRequest>[] = [];
  ended = false;
  onmessage!: (event: { data: Answer<TabProgress> }) => void;
  onerror!: (event: object) => void;

  constructor(readonly script: URL) {
    workers.push(this);
  }
  postMessage(request: Call<TabRequest>): void {
    this.sent.push(structuredClone(request));
  }
  terminate(): void {
    this.ended = true;
  }
  answer(call: number, answer: object): void {
    this.onmessage({ data: { call, ...answer } as Answer<TabProgress> });
  }
}

beforeEach(() => {
  workers.length = 0;
  vi.stubGlobal('Worker', FakeWorker);
  vi.stubGlobal('document', { baseURI: 'https://example.org/a/' });
});
afterEach(() => vi.unstubAllGlobals());

const bytes = Uint8Array.of(1);
const failureOf = (promise: Promise<unknown>) =>
  promise.then(String, (error: Error) => `${error.name}: ${error.message}`);

/** A model that its worker has loaded. */
async function loaded() {
  const loading = loadModel('m.zip', { worker: 'w.js' });
  const worker = workers.at(-1)!;
  worker.answer(1, { kind: 'result', result: { folds: 5 } });
  return { model: await loading, worker };
}

it('sends a request, follows its progress, and gives its result', async () => {
  const told: unknown[] = [];
  const loading = loadModel('m.zip', { worker: 'w.js', threads: 3, onProgress: (progress) => told.push(progress) });
  const [worker] = workers;
  expect(worker!.script.href).toBe('https://example.org/a/w.js');
  const address = 'https://example.org/a/m.zip';
  expect(worker!.sent).toEqual([
    {
      ...{ call: 1, kind: 'load', model: { kind: 'address', address }, name: address, device: 'auto', threads: 3 },
      ...{ runtime: 'https://example.org/a/onnxruntime-web/', maxMemory: 4_294_967_296 },
    },
  ]);
  worker!.answer(1, { kind: 'progress', progress: { what: 'loading', done: 1, total: 2 } });
  worker!.answer(1, { kind: 'result', result: { folds: 5 } });
  expect((await loading).folds).toBe(5);
  expect(told).toEqual([{ what: 'loading', done: 1, total: 2 }]);
  expect(worker!.ended).toBe(false);
});

it('leaves no worker behind when a model cannot be loaded', async () => {
  expect(await failureOf(loadModel('http://'))).toMatch(/Invalid URL/);
  expect(await failureOf(loadModel(bytes, { signal: AbortSignal.abort() }))).toMatch(/^AbortError/);
  expect(workers).toEqual([]);
  const stop = new AbortController();
  const aborted = failureOf(loadModel(bytes, { worker: 'w.js', signal: stop.signal }));
  stop.abort();
  expect(await aborted).toMatch(/^AbortError/);
  const refused = failureOf(loadModel(bytes, { worker: 'w.js' }));
  workers[1]!.answer(1, { kind: 'error', error: { tag: 'bad-zip', what: 'is cut off', where: 'm' } });
  expect(await refused).toMatch(/m: is cut off/);
  expect(workers.map(({ ended }) => ended)).toEqual([true, true]);
});

it('tells the worker which call was cancelled, and hears no more of it', async () => {
  const { model, worker } = await loaded();
  const stop = new AbortController();
  const told: unknown[] = [];
  const options = { signal: stop.signal, onProgress: (progress: unknown) => told.push(progress) };
  const stopped = failureOf(model.predict(bytes, options));
  const other = model.predict(bytes);
  stop.abort();
  worker.answer(2, { kind: 'progress', progress: { what: 'reading', done: 0, total: 1 } });
  worker.answer(2, { kind: 'error', error: { tag: null, what: 'stopped' } });
  expect(await stopped).toMatch(/^AbortError/);
  expect(worker.sent.map(({ call, kind }) => `${call} ${kind}`)).toEqual([
    '1 load',
    '2 predict',
    '3 predict',
    '2 cancel',
  ]);
  worker.answer(3, { kind: 'result', result: { labels: 'labels', probabilities: null, notices: [] } });
  expect((await other).labels()).toBe('labels');
  expect(told).toEqual([]);
});

it('fails the calls of a worker that ended, and later ones, with a remedy that suits', async () => {
  const remedies = [
    ['', /could not be started, or ended\n {2}Put the file there/],
    ['out of memory', /failed: out of memory\n {2}Load the model again\. If memory ran out, use a smaller one/],
  ] as const;
  for (const [message, expected] of remedies) {
    const { model, worker } = await loaded();
    const pending = failureOf(model.predict(bytes));
    worker.onerror({ message, preventDefault: () => undefined });
    expect(await pending).toMatch(expected);
    expect(await failureOf(model.predict(bytes))).toMatch(expected);
    expect(worker.ended).toBe(true);
  }
});

it('goes on after a request that cannot be sent', async () => {
  const { model, worker } = await loaded();
  const unsent = model.predict(bytes, { id: (() => 'case') as never });
  expect(await failureOf(unsent)).toMatch(/^DataCloneError/);
  const next = model.predict(bytes);
  worker.answer(worker.sent.at(-1)!.call, {
    kind: 'result',
    result: { labels: 'labels', probabilities: null, notices: [] },
  });
  expect((await next).labels()).toBe('labels');
});
