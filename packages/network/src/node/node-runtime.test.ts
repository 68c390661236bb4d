import type { LoweredGraph } from '@nnunet/autodiff';
import { InferenceSession } from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GraphSession } from '../graph-session.ts';
import type { GraphSessionOptions } from '../runtime.ts';
import { nodeRuntime, physicalCores } from './node-runtime.ts';

const machine = vi.hoisted(() => ({ allowed: 8, cpuinfo: '' as string | undefined }));
vi.mock('node:os', async (original) => ({
  ...(await original<typeof import('node:os')>()),
  availableParallelism: () => machine.allowed,
}));
vi.mock('node:fs', async (original) => ({
  ...(await original<typeof import('node:fs')>()),
  readFileSync(path: string) {
    expect(path).toBe('/proc/cpuinfo');
    if (machine.cpuinfo === undefined) throw new Error('no such file');
    return machine.cpuinfo;
  },
}));

/** What Linux says of processors on these cores, each of a package. */
const cpuinfo = (cores: [number, number][]) =>
  cores.map(([chip, core]) => `processor\t: 7\nphysical id\t: ${chip}\ncore id\t\t: ${core}\n`).join('\n');

/** Two cores of a package and one of another, each with two threads. */
const threeCores = cpuinfo([
  [0, 0],
  [0, 1],
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 0],
]);

beforeEach(() => {
  machine.allowed = 8;
  machine.cpuinfo = threeCores;
});
afterEach(() => {
  vi.restoreAllMocks();
});

it.each<[what: string, allowed: number, cores: string | undefined, expected: number]>([
  ['cores of all packages once', 8, threeCores, 3],
  [
    'no more than are allowed',
    2,
    cpuinfo([
      [0, 0],
      [0, 1],
      [0, 2],
    ]),
    2,
  ],
  ['all that are allowed where cores have no numbers', 5, 'processor: 0\n\nprocessor: 1\n', 5],
  ['all that are allowed where nothing is said', 6, undefined, 6],
])('counts %s', (_, allowed, text, expected) => {
  Object.assign(machine, { allowed, cpuinfo: text });
  expect(physicalCores()).toBe(expected);
});

describe('a loaded graph', () => {
  const graph: LoweredGraph = {
    model: Uint8Array.of(1, 2, 3),
    inputs: [{ name: 'x', shape: [2, 3], type: 'float32' }],
    outputs: ['y', 'next-y'].map((name) => ({ name, shape: [2], type: 'float32' as const })),
  };
  let release = 0;

  /** Loads it into a runtime that only tells what it was asked for. */
  async function load(options?: GraphSessionOptions) {
    release = 0;
    const fake = { run: async () => ({}), release: async () => void release++ };
    const create = vi.spyOn(InferenceSession, 'create').mockResolvedValue(fake as never);
    const session = await GraphSession.create(nodeRuntime, graph, options);
    const [model, asked] = create.mock.lastCall as unknown as [Uint8Array, InferenceSession.SessionOptions];
    expect(model).toBe(graph.model);
    return { session, asked };
  }

  it('runs on physical cores with the optimisations of the runtime, without memory patterns', async () => {
    const { session, asked } = await load();
    expect(asked).toEqual({
      executionProviders: ['cpu'],
      enableMemPattern: false,
      executionMode: 'sequential',
      intraOpNumThreads: 3,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 4,
      extra: { session: { intra_op: { allow_spinning: '1', spin_duration_us: '20' } } },
    });
    // the bytes of the model are let go of
    expect(session.graph).toEqual({ ...graph, model: new Uint8Array(0) });
  });

  it('runs as it is told', async () => {
    expect((await load({ threads: 5, optimise: false })).asked).toMatchObject({
      intraOpNumThreads: 5,
      graphOptimizationLevel: 'disabled',
    });
    expect((await load({ optimise: true })).asked.graphOptimizationLevel).toBe('all');
    expect((await load({ device: 'cuda' })).asked.executionProviders).toEqual([{ name: 'cuda', deviceId: 0 }]);
    const second = { device: 'cuda', deviceId: 1 } as const;
    expect((await load(second)).asked.executionProviders).toEqual([{ name: 'cuda', deviceId: 1 }]);
  });

  it('leaves outputs on the device with WebGPU alone', async () => {
    const keep = new Set(['next-y']);
    const { asked } = await load({ device: 'webgpu', keep });
    expect(asked.executionProviders).toEqual(['webgpu']);
    expect(asked.preferredOutputLocation).toEqual({ y: 'cpu', 'next-y': 'gpu-buffer' });
    for (const options of [{ device: 'webgpu' }, { device: 'cpu', keep }, { device: 'cuda', keep }] as const) {
      expect((await load(options)).asked).not.toHaveProperty('preferredOutputLocation');
    }
  });

  it('takes inputs of its own names and sizes', async () => {
    const { session } = await load();
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    const tensor = session.tensor('x', data);
    expect([tensor.dims, tensor.data]).toEqual([[2, 3], data]);
    expect(() => session.tensor('z', data)).toThrow('no input z');
    expect(() => session.tensor('x', data.subarray(1))).toThrow('x has 5 numbers instead of 2 x 3 = 6');
  });

  it('leaves out arrays that it does not read', async () => {
    const { session } = await load();
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    expect(session.tensors({ z: data, x: data })).toEqual({ x: session.tensor('x', data) });
    expect(() => session.tensors({ x: data.subarray(1) })).toThrow('x has 5 numbers');
  });

  it('is released once', async () => {
    const { session } = await load();
    await session.run({});
    await Promise.all([session.dispose(), session.dispose()]);
    expect(release).toBe(1);
    await expect(session.run({})).rejects.toThrow('disposed of');
  });

  it('says that memory runs out while it is loaded', async () => {
    vi.spyOn(InferenceSession, 'create').mockRejectedValue(new Error('std::bad_alloc'));
    await expect(GraphSession.create(nodeRuntime, graph, { device: 'cuda' })).rejects.toThrow(
      'memory of the device (cuda)',
    );
  });
});
