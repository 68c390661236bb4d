import { isNnUNetError } from '@nnunet/errors';
import { InferenceSession } from 'onnxruntime-node';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { difference, readNetworkCase } from '../../test/goldens.ts';
import type { GraphRequest } from './loaded-graphs.ts';
import { nodeRuntime, physicalCores } from './node-runtime.ts';
import { ParallelTrainingSession } from './parallel-session.ts';
import { PredictionSession } from './prediction-session.ts';
import { requireDevice } from './require-device.ts';
import { TrainingSession } from './training-session.ts';

/*
 * A machine with two GPUs, as far as the runtime is asked for them: what is to be computed there is computed on the CPU.
 * Threads are replaced by objects of this one, so that all sessions can be seen.
 */
const GPUS = 2;
let providers: unknown[] = [];
/** Threads of each session, and whether the runtime rearranges its graph. */
let threads: [threads: number, level: string][] = [];

vi.mock('./device.ts', async (original) => ({
  ...(await original<typeof import('./device.ts')>()),
  checkProvider: () => undefined,
}));

vi.mock('@nnunet/threads/node', () => ({
  builtWorker: () => 'none',
  Thread: class {
    readonly #graphs = import('./loaded-graphs.ts').then(({ LoadedGraphs }) => new LoadedGraphs());

    async call(request: GraphRequest) {
      await (await this.#graphs).answer(request);
    }

    async terminate() {}
  },
}));

beforeEach(() => {
  providers = [];
  threads = [];
  const create = InferenceSession.create.bind(InferenceSession) as (
    model: Uint8Array,
    options: InferenceSession.SessionOptions,
  ) => Promise<InferenceSession>;
  vi.spyOn(InferenceSession, 'create').mockImplementation((async (
    model: Uint8Array,
    options: InferenceSession.SessionOptions,
  ) => {
    const [provider, ...others] = options.executionProviders!;
    expect(others).toEqual([]);
    providers.push(provider);
    threads.push([options.intraOpNumThreads!, options.graphOptimizationLevel!]);
    const { deviceId = 0 } = provider as InferenceSession.CudaExecutionProviderOption;
    if (deviceId >= GPUS) {
      throw new Error(
        '/src/cuda_call.cc:121 CUDA failure 101: invalid device ordinal ; GPU=0 ; hostname=x ; expr=cudaSetDevice(info_.device_id);',
      );
    }
    return create(model, { ...options, executionProviders: ['cpu'] });
  }) as typeof InferenceSession.create);
});

afterEach(() => {
  vi.restoreAllMocks();
});

const cuda = (deviceId: number) => ({ name: 'cuda', deviceId });

it('tries out the GPU of each session, once', async () => {
  await requireDevice('cuda', 2);
  expect(providers).toEqual(['cpu', cuda(0), 'cpu', cuda(1)]);
  await requireDevice('cuda');
  await requireDevice('cuda', 2);
  expect(providers).toHaveLength(4);
});

it('computes each session on a GPU of its own, and changes the weights on the processor', async () => {
  const { description, input, targets, weights } = await readNetworkCase('2d');
  const batchSize = 2;
  const [given, , ...patchSize] = input.shape;
  const first = (data: Float32Array) => data.slice(0, (data.length / given!) * batchSize);
  const batch = { data: first(input.data), targets: targets.map(({ data }) => first(data)) };
  const options = { description, patchSize, batchSize, weights, batchDice: true, threads: 2 };
  const one = await TrainingSession.create({ ...options, lowering: 'plain' });
  await requireDevice('cuda', 2);

  providers = [];
  const many = await ParallelTrainingSession.create({ ...options, device: 'cuda', sessions: 2 });
  onTestFinished(() => Promise.all([one.dispose(), many.dispose()]).then(() => undefined));
  // Gradients and sums of the batch Dice in each session; the update and the loss.
  expect(providers).toEqual([cuda(0), cuda(1), cuda(0), cuda(1), 'cpu', 'cpu']);

  for (let i = 0; i < 2; i++) {
    const [expected, found] = [await one.step(batch, 0.01), await many.step(batch, 0.01)];
    expect(found.loss).toBeCloseTo(expected.loss, 5);
  }
  const expected = await one.weights();
  for (const [name, { data }] of await many.weights()) {
    expect(difference(data, expected.get(name)!.data), name).toBeLessThan(1e-5);
  }
  providers = [];
  expect((await many.evaluate(batch)).loss).toBeCloseTo((await one.evaluate(batch)).loss, 5);
  expect(providers).toEqual([cuda(0), cuda(1), 'cpu']);
});

it('says where there are fewer GPUs than sessions', async () => {
  const { description, input, weights } = await readNetworkCase('2d');
  const patchSize = input.shape.slice(2);
  const options = { description, patchSize, batchSize: 4, weights, device: 'cuda', sessions: 4 } as const;
  const error: unknown = await ParallelTrainingSession.create(options).catch((e: unknown) => e);
  expect(isNnUNetError(error, 'missing-device')).toBe(true);
  expect((error as Error).message).toMatch(
    /^4 sessions need 4 GPUs, but GPU 2 \(counting from 0\) cannot be used: CUDA failure 101: invalid device ordinal\n.*Use at most 2 sessions.*CUDA_VISIBLE_DEVICES/,
  );
});

it('refuses several sessions on WebGPU before one is made', async () => {
  const error: unknown = await requireDevice('webgpu', 2).catch((e: unknown) => e);
  expect(isNnUNetError(error, 'usage')).toBe(true);
  expect((error as Error).message).toMatch(/^several sessions cannot use webgpu: .*\n.*Use one session, or use cuda/);
  expect(providers).toEqual([]);
});

it('asks nothing more of a machine for several sessions on the CPU', async () => {
  await requireDevice('cpu', 64);
  expect(providers).toEqual([]);
});

it.each<[device: 'cpu' | 'cuda', lowering: 'plain' | 'blocked', given: number, each: number, level: string]>([
  ['cpu', 'plain', 5, 2, 'all'],
  // The runtime's own rearrangements make blocked steps slower.
  ['cpu', 'blocked', 5, 2, 'disabled'],
  ['cpu', 'blocked', 1, 1, 'disabled'],
  ['cuda', 'blocked', 7, 3, 'all'],
])(
  'divides threads among sessions: on %s, %s, %i threads are %i each',
  async (device, lowering, given, each, level) => {
    const { description, input, weights } = await readNetworkCase('2d');
    const patchSize = input.shape.slice(2);
    const options = {
      description,
      patchSize,
      batchSize: 4,
      weights,
      batchDice: true,
      threads: given,
      device,
      lowering,
    };
    const { loweringFor } = await import('../choose-lowering.ts');
    await requireDevice(device, 2);
    await loweringFor(nodeRuntime, lowering, device);
    threads = [];
    const many = await ParallelTrainingSession.create({ ...options, sessions: 2 });
    await many.dispose();
    const parts = threads.slice(0, 4);
    expect(parts).toEqual([0, 1, 2, 3].map(() => [each, level]));
    // The update, and the loss.
    expect(threads.slice(4)).toEqual([
      [given, 'all'],
      [1, 'all'],
    ]);
  },
);

it.each<[device: 'cpu' | 'cuda', lowering: 'plain' | 'blocked', level: string]>([
  ['cpu', 'plain', 'all'],
  ['cpu', 'blocked', 'disabled'],
  ['cuda', 'blocked', 'all'],
])('gives one session its threads and device: %s, %s', async (device, lowering, level) => {
  const { description, input, targets, weights } = await readNetworkCase('2d');
  const [batchSize, , ...patchSize] = input.shape as [number, number, ...number[]];
  const options = { description, patchSize, weights, threads: 3, device, lowering };
  const provider = device === 'cpu' ? 'cpu' : cuda(0);
  await requireDevice(device);
  const session = await TrainingSession.create({ ...options, batchSize });
  await session.evaluate({ data: input.data, targets: targets.map(({ data }) => data) });
  const prediction = await PredictionSession.create(options);
  await Promise.all([session.dispose(), prediction.dispose()]);
  expect(providers.slice(-3)).toEqual([provider, provider, provider]);
  expect(threads.slice(-3)).toEqual([
    [3, level],
    [3, level],
    [3, 'all'],
  ]);
});

it('takes all cores and the operators of the probe where nothing is said', async () => {
  const { description, input, weights } = await readNetworkCase('2d');
  const options = { description, patchSize: input.shape.slice(2), weights, batchSize: 1 };
  const { chooseLowering } = await import('../choose-lowering.ts');
  const { name } = await chooseLowering(nodeRuntime);
  const training = await TrainingSession.create(options);
  expect(threads.at(-1)).toEqual([physicalCores(), name === 'plain' ? 'all' : 'disabled']);
  const prediction = await PredictionSession.create(options);
  expect(threads.at(-1)).toEqual([physicalCores(), 'all']);
  await Promise.all([training.dispose(), prediction.dispose()]);
});

it.each([
  [0, '`sessions` must be an integer of at least 1, not 0'],
  [1.5, '`sessions` must be an integer of at least 1, not 1.5'],
  [3, 'a batch of 2 cannot be divided among 3 sessions'],
])('refuses to divide a batch of two among %d sessions', async (sessions, message) => {
  const { description, input, weights } = await readNetworkCase('2d');
  const options = { description, patchSize: input.shape.slice(2), weights, batchSize: 2, sessions };
  await expect(ParallelTrainingSession.create(options)).rejects.toThrow(message);
  expect(providers).toEqual([]);
});
