import { lower } from '@nnunet/autodiff';
import { counterRandom } from '@nnunet/tensor';
import { buildInference } from '../inference-graph.ts';
import type { NetworkDescription } from '../network-description.ts';
import { initialiseWeights } from '../parameters.ts';
import { loweringFor } from './choose-lowering.ts';
import { checkProvider, type DeviceName, deviceFailed } from './device.ts';
import { GraphSession } from './run-graph.ts';

const tried = new Map<DeviceName, Promise<void>>();

/**
 * Tries a device out with a small network, and compares the result with the CPU's. Done once per process (a second or two).
 * @throws NnUNetError 'missing-device' where it is not there, does not work, or gives other numbers
 */
export function requireDevice(device: DeviceName): Promise<void> {
  if (device === 'cpu') return Promise.resolve();
  const known = tried.get(device) ?? tryOut(device);
  tried.set(device, known);
  return known;
}

/** Greatest difference of probabilities; cards that compute convolutions in TF32 differ by about 1e-3. */
const TOLERANCE = 1e-2;

async function tryOut(device: DeviceName): Promise<void> {
  checkProvider(device);
  let difference = 0;
  try {
    const [expected, found] = [await predict('cpu'), await predict(device)];
    for (const [i, p] of expected.entries()) difference = Math.max(difference, Math.abs(found[i] - p));
  } catch (error) {
    throw deviceFailed(device, reasonOf(error));
  }
  if (!(difference < TOLERANCE)) {
    throw deviceFailed(
      device,
      `probabilities of a small network differ by ${difference.toExponential(1)} from the CPU's`,
    );
  }
}

/** The runtime's message without the place in its source: what stands after the condition that was false. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (text.includes('No supported adapters')) return 'no GPU was found';
  return text.split(' was false. ').at(-1)!.split('\n', 1)[0].trim();
}

const smallNetwork: NetworkDescription = {
  architecture: 'Generic_UNet',
  dimension: 3,
  inputChannels: 1,
  classes: 2,
  features: [2, 4],
  pools: [[2, 2, 2]],
  kernels: [
    [3, 3, 3],
    [3, 3, 3],
  ],
  convolutionsPerStage: 1,
  convolutionBias: true,
  norm: 'instance',
  normEpsilon: 1e-5,
  negativeSlope: 0.01,
  deepSupervision: false,
};

async function predict(device: DeviceName): Promise<Float32Array> {
  const patchSize = [4, 4, 4];
  const weights = initialiseWeights(smallNetwork, 1);
  const lowering = await loweringFor('plain', device);
  const expressions = buildInference({ description: smallNetwork, weights, patchSize, batchSize: 1 });
  const session = await GraphSession.create(lower(expressions, { lowering }), { threads: 1, device });
  const data = counterRandom(1, 'device').fillNormal(new Float32Array(64));
  const { output } = await session.run({ data: session.tensor('data', data) });
  await session.dispose();
  return output.data as Float32Array;
}
