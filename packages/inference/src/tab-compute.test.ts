import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { StoredNetworks } from './model-file.ts';
import { description } from './node/noise-task.fixture.ts';
import { RulesV1 } from './rules-v1.ts';
import { chooseCompute } from './tab-compute.ts';

/** What the page's machine does: results and milliseconds of a patch by device, and what is wrong with WebGPU. */
const machine = vi.hoisted(() => ({
  outputs: { cpu: [0, 0], webgpu: [0, 0] } as Record<string, number[]>,
  times: { cpu: 0, webgpu: 0 } as Record<string, number>,
  fault: undefined as string | undefined,
  refuses: false,
  loaded: [] as unknown[],
  clock: 0,
}));
vi.mock('@nnunet/network/internal', async (original) => ({
  ...(await original<object>()),
  loadWebRuntime: async (options: unknown) => void machine.loaded.push(options),
  chooseLowering: async () => ({ name: 'winograd', reason: 'Standard operators.' }),
  faultOfDevice: async () => machine.fault,
  PatchSession: {
    load: async (_: unknown, { device, patchSize }: { device: string; patchSize: number[] }) => {
      expect(patchSize).toEqual([8, 8, 8]);
      // The first run is slow.
      let runs = 0;
      return {
        async predict(patch: Float32Array) {
          expect(patch).toHaveLength(512);
          if (device === 'webgpu' && machine.refuses) throw new Error('buffer too large');
          machine.clock += runs++ === 0 ? 9000 : machine.times[device]!;
          return Float32Array.from(machine.outputs[device]!);
        },
        dispose: async () => undefined,
      };
    },
  },
}));

const model: StoredNetworks = { rules: new RulesV1(description), members: [new Map()] };
const choose = (options: Partial<Parameters<typeof chooseCompute>[0]> = {}) =>
  chooseCompute({ runtime: '/ort/', device: 'auto', threads: undefined, ...options }, model);

/** A browser with this many processors, and a GPU, none, or no WebGPU at all. */
function browser(processors: number, isolated: boolean, adapter?: object | null): void {
  const gpu = adapter === undefined ? {} : { gpu: { requestAdapter: async () => adapter } };
  vi.stubGlobal('navigator', { hardwareConcurrency: processors, ...gpu });
  vi.stubGlobal('crossOriginIsolated', isolated);
}

beforeEach(() => {
  const outputs = { cpu: [0.5, -2], webgpu: [0.5, -2] };
  Object.assign(machine, {
    outputs,
    times: { cpu: 300, webgpu: 20 },
    fault: undefined,
    refuses: false,
    loaded: [],
    clock: 0,
  });
  vi.spyOn(performance, 'now').mockImplementation(() => machine.clock);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

it('uses a thread per processor where the page is isolated, and one elsewhere', async () => {
  browser(6, true);
  expect((await choose()).told).toBe(
    'WebAssembly in 6 threads. Standard operators. No WebGPU: this browser has none, or not for this page.',
  );
  await choose({ threads: 2 });
  await choose({ threads: 9 });
  browser(6, false);
  expect((await choose({ threads: 4 })).told).toMatch(
    /^WebAssembly in one thread \(the page is not isolated from other origins\)\. /,
  );
  expect(machine.loaded).toEqual([6, 2, 6, 1].map((threads) => ({ folder: '/ort/', threads, webgpu: false })));
  await expect(choose({ threads: 0 })).rejects.toThrow('`threads` must be an integer of at least 1');
});

it.each<[what: string, change: () => void, told: string]>([
  ['takes longer', () => (machine.times.webgpu = 300), 'it takes 300 ms for a patch, WebAssembly 300 ms'],
  ['computes something else', () => (machine.outputs.webgpu = [0.5, -2.024]), 'its results differ by 1.2e-2'],
  ['computes nothing', () => (machine.outputs.webgpu = [Number.NaN, -2]), 'its results differ by NaN'],
  ['fails', () => (machine.fault = 'it is broken'), 'it is broken'],
  [
    'cannot hold the network',
    () => (machine.refuses = true),
    "it cannot compute this model's network (buffer too large)",
  ],
  ['is emulated', () => browser(2, true, { info: { isFallbackAdapter: true } }), 'the GPU is emulated by software'],
  ['is missing', () => browser(2, true, null), 'no GPU was found'],
])('leaves a GPU that %s', async (_, change, told) => {
  browser(2, true, {});
  change();
  const chosen = await choose();
  expect(chosen).toMatchObject({ device: 'cpu', lowering: 'winograd' });
  expect(chosen.told).toBe(`WebAssembly in 2 threads. Standard operators. No WebGPU: ${told}.`);
});

it('takes a GPU that computes the same in less time', async () => {
  browser(2, true, {});
  machine.outputs.webgpu = [0.5, -1.981];
  machine.times.webgpu = 299;
  expect(await choose()).toMatchObject({
    device: 'webgpu',
    lowering: 'plain',
    told: 'WebGPU: it takes 299 ms for a patch, WebAssembly 300 ms.',
  });
  expect(machine.loaded).toEqual([{ folder: '/ort/', threads: 2, webgpu: true }]);
});

it('does as it is told, if that is possible', async () => {
  browser(2, true, { isFallbackAdapter: true });
  machine.times.webgpu = 999;
  expect((await choose({ device: 'webgpu' })).told).toBe('WebGPU, as asked for.');
  expect((await choose({ device: 'cpu' })).told).toMatch(/No WebGPU: it was not asked for\.$/);
  machine.fault = 'it is broken';
  await expect(choose({ device: 'webgpu' })).rejects.toThrow(/^WebGPU cannot be used: it is broken\n/);
  browser(2, true, null);
  await expect(choose({ device: 'webgpu' })).rejects.toMatchObject({ tag: 'missing-device' });
  await expect(choose({ device: 'gpu' as never })).rejects.toThrow('`device` must be auto, cpu or webgpu, not gpu');
});
