import { InferenceSession } from 'onnxruntime-node';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

vi.mock('./device.ts', async (original) => ({
  ...(await original<typeof import('./device.ts')>()),
  checkProvider: () => undefined,
}));

/** How far a device's probabilities are off the CPU's, or what it fails with. */
let found: number | Error;
let asked: unknown[];

beforeEach(() => {
  asked = [];
  vi.resetModules();
  vi.spyOn(InferenceSession, 'create').mockImplementation((async (
    _: Uint8Array,
    { executionProviders, intraOpNumThreads }: InferenceSession.SessionOptions,
  ) => {
    const [provider] = executionProviders!;
    asked.push(provider);
    expect(intraOpNumThreads).toBe(1);
    if (provider !== 'cpu' && found instanceof Error) throw found;
    const off = provider === 'cpu' ? 0 : (found as number);
    return {
      run: async ({ data }: { data: { dims: number[] } }) => {
        expect(data.dims).toEqual([1, 1, 4, 4, 4]);
        return { output: { data: Float32Array.of(0.5, 0.25, 0.75 + off, 0.5) } };
      },
      release: async () => undefined,
    };
  }) as unknown as typeof InferenceSession.create);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const fresh = () => import('./require-device.ts');

it.each([0, 0.0099, -0.0099])('takes a device whose probabilities are %d off', async (off) => {
  found = off;
  const { requireDevice } = await fresh();
  await requireDevice('webgpu');
  await requireDevice('webgpu');
  expect(asked).toEqual(['cpu', 'webgpu']);
  await requireDevice('cuda');
  expect(asked).toEqual(['cpu', 'webgpu', 'cpu', { name: 'cuda', deviceId: 0 }]);
});

it.each<[number | Error, RegExp]>([
  [0.0102, /probabilities of a small network differ by 1\.0e-2 from the CPU's/],
  [-0.3, /differ by 3\.0e-1/],
  [Number.NaN, /differ by NaN/],
  [new Error('[WebGPU] No supported adapters.'), /cannot be used: no GPU was found\n/],
  [
    new Error('/a/b.cc:121 CUDA failure 35: driver too old ; GPU=0'),
    /cannot be used: CUDA failure 35: driver too old\n/,
  ],
  [new Error('a == b was false. Cannot create it. \nat x'), /cannot be used: Cannot create it\.\n/],
  [new Error('plain'), /cannot be used: plain\n/],
])('says what is wrong with a device, each time: %s', async (fault, message) => {
  found = fault;
  const { requireDevice } = await fresh();
  for (let i = 0; i < 2; i++)
    await expect(requireDevice('webgpu')).rejects.toMatchObject({
      tag: 'missing-device',
      message: expect.stringMatching(message),
    });
  expect(asked).toEqual(['cpu', 'webgpu']);
});

it('tries one device for one session, and as many as there are sessions on cuda', async () => {
  found = 0;
  const { requireDevice } = await fresh();
  await requireDevice('webgpu', 1);
  await requireDevice('cpu', 3);
  expect(asked).toEqual(['cpu', 'webgpu']);
  asked = [];
  await requireDevice('cuda', 3);
  expect(asked.filter((provider) => provider !== 'cpu')).toEqual(
    [0, 1, 2].map((deviceId) => ({ name: 'cuda', deviceId })),
  );
});
