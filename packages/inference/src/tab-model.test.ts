import { initialiseWeights } from '@nnunet/network';
import { encodeSafetensors } from '@nnunet/tensor';
import { writeNifti } from '@nnunet/volume';
import { expect, it, vi } from 'vitest';
import { METADATA_KEY, WEIGHT_PREFIX } from './checkpoint-format.ts';
import { description } from './node/noise-task.fixture.ts';
import { TabModel } from './tab-model.ts';

vi.mock('./tab-compute.ts', () => ({ chooseCompute: async () => ({ runtime: {}, device: 'cpu', told: 'told' }) }));
vi.mock('@nnunet/network/internal', async (original) => ({
  ...(await original<object>()),
  PatchSession: {
    load: async () => ({
      predict: async (_: unknown, count: number) => new Float32Array(count * description.network.classes * 512),
      dispose: async () => undefined,
    }),
  },
}));

const calls = { signal: new AbortController().signal, onProgress: () => undefined };

async function predict(maxMemory: number) {
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
  return model.predict(
    {
      ...{ kind: 'predict', id: 'c', mode: 'normal', postprocess: true, probabilities: false, tiles: 'all' },
      ...{ images: [{ kind: 'file', blob: file, name: 'c.nii' }], previousSegmentation: undefined },
      ...{ mirrorAxes: undefined, stepSize: undefined },
    },
    calls,
  );
}

it('counts the page and its network with the memory of a case', async () => {
  // 64 MiB for everything small in a case and 100 MiB for the page are 172 MB, without the image and the network.
  await expect(predict(171e6)).rejects.toThrow(
    /^c: .* the program with its network 1\d\d MB: .*, but 171 MB are allowed\n/,
  );
  expect((await predict(190e6)).labels.shape).toEqual([8, 8, 8]);
});
