import { OnnxGraph } from '@nnunet/autodiff';
import { counterRandom, sizeOf } from '@nnunet/tensor';
import { describe, expect, it } from 'vitest';
import { difference, greatest } from '../../test/goldens.ts';
import { webgpuEnvironment } from '../../test/webgpu-driver.ts';
import type { DeviceName } from '../device-name.ts';
import { GraphSession } from '../graph-session.ts';
import type { NetworkDescription } from '../network-description.ts';
import { initialiseWeights, type Parameters } from '../parameters.ts';
import { readFromDevice } from '../read-from-device.ts';
import type { TrainingBatch } from '../training-batch.ts';
import { nodeRuntime } from './node-runtime.ts';
import { PredictionSession } from './prediction-session.ts';
import { requireDevice } from './require-device.ts';
import { TrainingSession } from './training-session.ts';

const variables = webgpuEnvironment();
// The driver is read from the environment of the process when the first session starts.
Object.assign(process.env, variables);
if (variables === undefined) {
  console.warn('WebGPU is not tested: no Vulkan driver that it accepts was found (see docs/devices.md)');
}

const common: Omit<NetworkDescription, 'dimension' | 'pools' | 'kernels'> = {
  architecture: 'Generic_UNet',
  inputChannels: 1,
  classes: 3,
  features: [4, 8],
  convolutionsPerStage: 1,
  convolutionBias: true,
  norm: 'instance',
  normEpsilon: 1e-5,
  negativeSlope: 0.01,
  deepSupervision: true,
};
const networks: { name: string; description: NetworkDescription; patchSize: number[] }[] = [
  {
    name: '2D',
    description: {
      ...common,
      dimension: 2,
      pools: [[2, 2]],
      kernels: [
        [3, 3],
        [3, 3],
      ],
    },
    patchSize: [8, 12],
  },
  {
    name: '3D',
    description: {
      ...common,
      dimension: 3,
      pools: [[1, 2, 2]],
      kernels: [
        [1, 3, 3],
        [3, 3, 3],
      ],
    },
    patchSize: [3, 8, 8],
  },
];

function batchOf({ classes }: NetworkDescription, patchSize: readonly number[], seed: number): TrainingBatch {
  const random = counterRandom(seed, 'batch');
  const voxels = 2 * sizeOf(patchSize);
  return {
    data: random.fillNormal(new Float32Array(voxels)),
    targets: [Float32Array.from({ length: voxels }, () => random.integer(classes))],
  };
}

/** Two steps, an evaluation, and a prediction with the weights that came of it. */
async function trainAndPredict({ description, patchSize }: (typeof networks)[number], device: DeviceName) {
  const weights = initialiseWeights(description, 1);
  const options = { description, patchSize, batchSize: 2, batchDice: true, weights, lossWeights: [1] };
  const session = await TrainingSession.create({ ...options, device, lowering: 'plain' });
  const losses: number[] = [];
  for (const seed of [1, 2]) {
    const { loss, gradientNorm } = await session.step(batchOf(description, patchSize, seed), 0.1);
    losses.push(loss, gradientNorm);
  }
  const evaluated = await session.evaluate(batchOf(description, patchSize, 3));
  const after = await session.weights();
  const momenta = await session.momenta();
  await session.dispose();
  const prediction = await PredictionSession.create({ description, patchSize, weights, device, lowering: 'plain' });
  const probabilities = await prediction.predict(batchOf(description, patchSize, 4).data, 2);
  await prediction.dispose();
  return { losses, evaluated, after, momenta, probabilities };
}

function expectClose(found: Parameters, expected: Parameters): void {
  expect([...found.keys()]).toEqual([...expected.keys()]);
  const scale = Math.max(...[...expected.values()].map(({ data }) => greatest(data)));
  for (const [name, { data }] of expected) {
    expect(difference(found.get(name)!.data, data), name).toBeLessThan(1e-5 * scale);
  }
}

describe.skipIf(variables === undefined)('on WebGPU', () => {
  it('passes the trial', () => requireDevice('webgpu'));

  it('leaves values on the device, takes them again, and reads them', async () => {
    const graph = new OnnxGraph();
    graph.output('y', graph.node('Add', [graph.input('x', [3]), graph.constant(1)]), [3]);
    const port = (name: string) => ({ name, shape: [3], type: 'float32' as const });
    const options = { device: 'webgpu', keep: new Set(['y']) } as const;
    const lowered = { model: graph.encode(), inputs: [port('x')], outputs: [port('y')] };
    const session = await GraphSession.create(nodeRuntime, lowered, options);
    const x = session.tensor('x', Float32Array.of(1, 2, 3));
    const y = (await session.run({ x })).y!;
    expect(y.location).toBe('gpu-buffer');
    const z = (await session.run({ x: y })).y!;
    const values = await readFromDevice(nodeRuntime, new Map(Object.entries({ x, y, z })), { device: 'webgpu' });
    expect(Object.fromEntries(values)).toEqual({
      x: Float32Array.of(1, 2, 3),
      y: Float32Array.of(2, 3, 4),
      z: Float32Array.of(3, 4, 5),
    });
    for (const value of [y, z]) value.dispose();
    await session.dispose();
  });

  it.each(networks)(
    'trains and predicts as on the CPU: $name',
    async (network) => {
      const expected = await trainAndPredict(network, 'cpu');
      const found = await trainAndPredict(network, 'webgpu');
      expect(difference(found.losses, expected.losses)).toBeLessThan(1e-5);
      expect(found.evaluated).toEqual({ ...expected.evaluated, loss: expect.closeTo(expected.evaluated.loss, 5) });
      expectClose(found.after, expected.after);
      expectClose(found.momenta, expected.momenta);
      expect(difference(found.probabilities, expected.probabilities)).toBeLessThan(1e-5);
    },
    300_000,
  );
});
