import { lower } from '@nnunet/autodiff';
import { usageError } from '@nnunet/errors';
import { messageOf, requireInteger } from '@nnunet/errors/internal';
import { counterRandom } from '@nnunet/tensor';
import { buildInference } from '../inference-graph.ts';
import type { NetworkDescription } from '../network-description.ts';
import { byInputName, names } from '../network-graph.ts';
import { initialiseWeights } from '../parameters.ts';
import { loweringFor } from './choose-lowering.ts';
import { checkProvider, type DeviceName, deviceFailed, tooFewDevices } from './device.ts';
import { GraphSession, valuesOf } from './run-graph.ts';

/** By device and number: the problem with it, if any. */
const tried = new Map<string, Promise<string | undefined>>();

/**
 * Tests a device with a small network and compares the result with the CPU's. Runs once per process (a second or two).
 *
 * @param sessions number of sessions that run at the same time; on 'cuda' each uses a GPU of its own: 0, 1, …
 * @throws NnUNetError 'missing-device' if the device is missing, does not work, or gives different results, or if there
 * are fewer GPUs than sessions; 'usage' for several sessions on 'webgpu', or less than one
 */
export async function requireDevice(device: DeviceName, sessions = 1): Promise<void> {
  requireInteger('sessions', sessions, 1);
  if (device === 'cpu') return;
  if (device === 'webgpu' && sessions > 1) {
    // Segmentation faults, seen with version 1.30; reported as https://github.com/microsoft/onnxruntime/issues/32561.
    throw usageError({
      what: 'several sessions cannot use webgpu: ONNX Runtime crashes if two sessions run on it at the same time',
      remedy: 'Use one session, or use cuda, where each session has its own GPU.',
    });
  }
  for (let deviceId = 0; deviceId < sessions; deviceId++) {
    const fault = await faultOf(device, deviceId);
    if (fault === undefined) continue;
    throw deviceId === 0 ? deviceFailed(device, fault) : tooFewDevices(sessions, deviceId, fault);
  }
}

/** Maximum difference of probabilities; GPUs that compute convolutions in TF32 differ by about 1e-3. */
const TOLERANCE = 1e-2;

function faultOf(device: DeviceName, deviceId: number): Promise<string | undefined> {
  const key = `${device}:${deviceId}`;
  const known = tried.get(key) ?? tryOut(device, deviceId);
  tried.set(key, known);
  return known;
}

async function tryOut(device: DeviceName, deviceId: number): Promise<string | undefined> {
  checkProvider(device);
  let difference = 0;
  try {
    const [expected, found] = [await predict('cpu', 0), await predict(device, deviceId)];
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

async function predict(device: DeviceName, deviceId: number): Promise<Float32Array> {
  const patchSize = [4, 4, 4];
  const weights = initialiseWeights(smallNetwork, 1);
  const lowering = await loweringFor('plain', device);
  const { outputs } = buildInference({ description: smallNetwork, weights, patchSize, batchSize: 1 });
  const session = await GraphSession.create(lower(outputs, { lowering }), { threads: 1, device, deviceId });
  const data = counterRandom(1, 'device').fillNormal(new Float32Array(64));
  const results = await session.run(byInputName({ data: session.tensor(names.data, data) }));
  await session.dispose();
  return valuesOf(results, names.output);
}
