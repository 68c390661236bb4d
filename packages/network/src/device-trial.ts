import { lower } from '@nnunet/autodiff';
import { messageOf } from '@nnunet/errors/internal';
import { counterRandom } from '@nnunet/tensor';
import { loweringFor } from './choose-lowering.ts';
import type { DeviceName } from './device-name.ts';
import { GraphSession, valuesOf } from './graph-session.ts';
import { buildInference } from './inference-graph.ts';
import type { NetworkDescription } from './network-description.ts';
import { byInputName, names } from './network-graph.ts';
import { initialiseWeights } from './parameters.ts';
import type { Runtime } from './runtime.ts';

/** Maximum difference of probabilities; GPUs that compute convolutions in TF32 differ by about 1e-3. */
const TOLERANCE = 1e-2;

/**
 * Computes a small network on a device and on the CPU.
 *
 * @returns what is wrong with the device; undefined if it computes what the CPU does
 */
export async function faultOfDevice(runtime: Runtime, device: DeviceName, deviceId = 0): Promise<string | undefined> {
  let difference = 0;
  try {
    const [expected, found] = [await predict(runtime, 'cpu', 0), await predict(runtime, device, deviceId)];
    for (const [i, p] of expected.entries()) difference = Math.max(difference, Math.abs(found[i]! - p));
  } catch (error) {
    return reasonOf(error);
  }
  if (difference < TOLERANCE) return undefined;
  return `probabilities of a small network differ by ${difference.toExponential(1)} from the CPU's`;
}

/** Returns the runtime's message without the source location: the text after the failed condition. */
function reasonOf(error: unknown): string {
  const text = messageOf(error);
  if (text.includes('No supported adapters')) return 'no GPU was found';
  const cuda = /CUDA failure \d+: [^;]*/.exec(text)?.[0];
  if (cuda !== undefined) return cuda.trim();
  return text.split(' was false. ').at(-1)!.split('\n', 1)[0]!.trim();
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

async function predict(runtime: Runtime, device: DeviceName, deviceId: number): Promise<Float32Array> {
  const patchSize = [4, 4, 4];
  const weights = initialiseWeights(smallNetwork, 1);
  const lowering = await loweringFor(runtime, 'plain', device);
  const { outputs } = buildInference({ description: smallNetwork, weights, patchSize, batchSize: 1 });
  const session = await GraphSession.create(runtime, lower(outputs, { lowering }), { threads: 1, device, deviceId });
  const data = counterRandom(1, 'device').fillNormal(new Float32Array(64));
  const results = await session.run(byInputName({ data: session.tensor(names.data, data) }));
  await session.dispose();
  return valuesOf(results, names.output);
}
