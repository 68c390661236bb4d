import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { prepareFineTuning } from './fine-tuning.ts';

/** The workers that the page started, with what it sent to each. */
const workers: FakeWorker[] = [];
class FakeWorker {
  readonly sent: Record<string, unknown>[] = [];
  ended = false;
  onmessage!: (event: { data: object }) => void;

  constructor(readonly script: URL) {
    workers.push(this);
  }
  postMessage(request: Record<string, unknown>): void {
    this.sent.push(structuredClone(request));
  }
  terminate(): void {
    this.ended = true;
  }
  answer(call: number, answer: object): void {
    this.onmessage({ data: { call, ...answer } });
  }
}

beforeEach(() => {
  workers.length = 0;
  vi.stubGlobal('Worker', FakeWorker);
  vi.stubGlobal('document', { baseURI: 'https://example.org/a/' });
});
afterEach(() => vi.unstubAllGlobals());

const file = (name: string) => new File(['x'], name);
const cases = [
  { images: [file('t1.nii'), Uint8Array.of(1)], labels: file('l.nii') },
  { id: 'mine', images: Uint8Array.of(2), labels: Uint8Array.of(3) },
];

/** A fine-tuning whose worker has measured 2 seconds a step. */
async function prepared(told: unknown[] = []) {
  const onProgress = (progress: unknown) => told.push(progress);
  const preparing = prepareFineTuning('m.zip', cases, { worker: 'w.js', threads: 3, batchSize: 5, onProgress });
  const worker = workers.at(-1)!;
  const progress = { what: 'timing', done: 0, total: 1 };
  worker.answer(1, { kind: 'progress', progress: { kind: 'preparing', progress } });
  worker.answer(1, { kind: 'result', result: { batchSize: 5, secondsPerStep: 2, compute: 'told' } });
  return { tuning: await preparing, worker };
}

it('sends the model and the cases by name, and says what a training takes', async () => {
  const told: unknown[] = [];
  const { tuning, worker } = await prepared(told);
  expect(worker.script.href).toBe('https://example.org/a/w.js');
  expect(worker.sent).toMatchObject([
    {
      ...{ call: 1, kind: 'prepare', name: 'https://example.org/a/m.zip', threads: 3, batchSize: 5 },
      ...{ runtime: 'https://example.org/a/onnxruntime-web/', maxMemory: 4_294_967_296 },
      cases: [
        { id: 'case 1', images: [{ name: 't1.nii' }, { name: 'image 1 of case 1' }], labels: { name: 'l.nii' } },
        { id: 'mine', images: [{ name: 'image 0 of mine' }], labels: { name: 'the labels of mine' } },
      ],
    },
  ]);
  expect(told).toEqual([{ what: 'timing', done: 0, total: 1 }]);
  expect([tuning.batchSize, tuning.secondsPerStep, tuning.compute]).toEqual([5, 2, 'told']);
  // Ten epochs of ten steps of 2 s; two iterations of validation take a third of that each.
  expect(tuning.seconds()).toBeCloseTo(10 * (10 + 2 / 3) * 2, 9);
  expect(tuning.seconds({ epochs: 3, validationIterationsPerEpoch: 3 })).toBeCloseTo(3 * (10 + 1) * 2, 9);
  expect(tuning.seconds({ timeBudget: 1 })).toBe(60);
  expect(() => tuning.seconds({ epochs: 0 })).toThrow('`epochs` must be an integer of at least 1');
  expect(() => tuning.seconds({ steps: 5 } as object)).toThrow('there is no setting called steps');
});

it('asks an aborted training to end, and returns what was learnt', async () => {
  const { tuning, worker } = await prepared();
  const stop = new AbortController();
  const [steps, epochs]: unknown[][] = [[], []];
  const training = tuning.train({
    epochs: 2,
    signal: stop.signal,
    onProgress: (progress) => steps!.push(progress),
    onEpoch: (report) => epochs!.push(report),
  });
  stop.abort();
  expect(worker.sent.slice(1)).toEqual([
    { call: 2, kind: 'train', settings: { epochs: 2 } },
    { call: 2, kind: 'cancel' },
  ]);
  worker.answer(2, { kind: 'progress', progress: { kind: 'training', progress: 'a step' } });
  worker.answer(2, { kind: 'progress', progress: { kind: 'epoch', report: 'an epoch' } });
  worker.answer(2, { kind: 'result', result: { result: 'stopped' } });
  expect(await training).toEqual({ result: 'stopped' });
  expect([steps, epochs]).toEqual([['a step'], ['an epoch']]);
  expect(worker.ended).toBe(false);
  tuning.dispose();
  await expect(tuning.train()).rejects.toMatchObject({ tag: 'thread-ended' });
});

it('leaves no worker behind where nothing can be trained', async () => {
  await expect(prepareFineTuning('m.zip', [])).rejects.toThrow('there are no cases to train on');
  expect(workers).toEqual([]);
  const stop = new AbortController();
  const aborted = prepareFineTuning('m.zip', cases, { worker: 'w.js', signal: stop.signal });
  stop.abort();
  await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
  const refused = prepareFineTuning('m.zip', cases, { worker: 'w.js' });
  workers[1]!.answer(1, { kind: 'error', error: { tag: 'bad-zip', what: 'is cut off', where: 'm' } });
  await expect(refused).rejects.toThrow('m: is cut off');
  expect(workers.map(({ ended }) => ended)).toEqual([true, true]);
  vi.stubGlobal('Worker', undefined);
  await expect(prepareFineTuning('m.zip', cases)).rejects.toThrow('this function needs a browser');
});
