import { initialiseWeights } from '@nnunet/network';
import { encodeSafetensors } from '@nnunet/tensor';
import { writeNifti } from '@nnunet/volume';
import { expect, it, vi } from 'vitest';
import { METADATA_KEY, WEIGHT_PREFIX } from './checkpoint-format.ts';
import { description } from './node/noise-task.fixture.ts';
import { TabModel } from './tab-model.ts';
import type { PredictRequest } from './tab-protocol.ts';

vi.mock('./tab-compute.ts', () => ({ chooseCompute: async () => ({ runtime: {}, device: 'cpu', told: 'told' }) }));
vi.mock('@nnunet/network/internal', async (original) => ({
  ...(await original<object>()),
  PatchSession: {
    load: async () => ({
      async predict(_: unknown, count: number) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return new Float32Array(count * description.network.classes * 512);
      },
      dispose: async () => undefined,
    }),
  },
}));

const calls = { signal: new AbortController().signal, onProgress: () => undefined };

/** A model that may use this much, and the request to predict an image of one patch. */
async function loaded(maxMemory: number) {
  const weights = [...initialiseWeights(description.network, 1)].map(([name, t]) => [WEIGHT_PREFIX + name, t] as const);
  const metadata = { [METADATA_KEY]: JSON.stringify({ version: 1, model: description }) };
  const blob = new Blob([new Uint8Array(encodeSafetensors(new Map(weights), metadata))]);
  const common = { kind: 'load', runtime: '/ort/', device: 'cpu', threads: 1 } as const;
  const model = await TabModel.load({ ...common, model: { kind: 'blob', blob }, name: 'm', maxMemory }, calls);
  const size = { shape: [8, 8, 8], spacing: [1, 1, 1], origin: [0, 0, 0] } as const;
  const image = {
    data: Float32Array.from({ length: 512 }, (_, i) => i),
    ...size,
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  };
  const file = new Blob([new Uint8Array(await writeNifti(image))]);
  const request: PredictRequest = {
    ...{ kind: 'predict', id: 'c', mode: 'normal', postprocess: true, probabilities: false, tiles: 'all' },
    ...{ images: [{ kind: 'file', blob: file, name: 'c.nii' }], previousSegmentation: undefined },
    ...{ mirrorAxes: undefined, stepSize: undefined },
  };
  return { model, request };
}

async function predict(maxMemory: number) {
  const { model, request } = await loaded(maxMemory);
  return model.predict(request, calls);
}

it('counts the page and its network with the memory of a case', async () => {
  // 64 MiB for everything small in a case and 100 MiB for the page are 172 MB, without the image and the network.
  await expect(predict(171e6)).rejects.toThrow(
    /^c: .* the program with its network 1\d\d MB: .*, but 171 MB are allowed\n/,
  );
  expect((await predict(190e6)).labels.shape).toEqual([8, 8, 8]);
});

it('estimates memory and time of a case, and refuses one that cannot fit, as the prediction does', async () => {
  const { model, request } = await loaded(190e6);
  const estimate = { ...request, kind: 'estimate' } as const;
  const { seconds, ...rest } = await model.estimate(estimate);
  // One tile in four mirrored versions; along two axes.
  expect(rest).toEqual({ evaluations: 4, maxMemory: 190e6, memory: expect.any(Number) });
  expect(rest.memory).toBeGreaterThan(171e6);
  expect(rest.memory).toBeLessThan(190e6);
  // Four patches take 20 ms or more in one run, what is beside the network 30 ms.
  expect(seconds).toBeGreaterThan(0.049);
  const single = await model.estimate({ ...estimate, mirrorAxes: [] });
  expect(single.evaluations).toBe(1);
  expect(seconds - single.seconds).toBeCloseTo((3 / 4) * (seconds - 0.03), 3);
  await expect(model.estimate({ ...estimate, images: [] })).rejects.toThrow('no image was given');
  const small = await loaded(171e6);
  await expect(small.model.estimate(estimate)).rejects.toThrow(/^c: .*, but 171 MB are allowed\n/);
});
