import { NnUNetError } from '@nnunet/errors';
import { messageOf, requireInteger, requireOneOf } from '@nnunet/errors/internal';
import {
  type ChosenLowering,
  chooseLowering,
  faultOfDevice,
  loadWebRuntime,
  PatchSession,
  type Runtime,
} from '@nnunet/network/internal';
import { counterRandom, sizeOf } from '@nnunet/tensor';
import type { StoredNetworks } from './model-file.ts';
import type { LoadRequest } from './tab-protocol.ts';

/** What computes the networks of a tab. */
export interface TabCompute {
  runtime: Runtime;
  device: 'cpu' | 'webgpu';
  /** The operators on the CPU. */
  lowering: ChosenLowering['name'];
  /** The choice and its reason, for the user. */
  told: string;
}

/** Greatest difference of the GPU's results, as a fraction of the greatest value. */
const TOLERANCE = 1e-2;

/**
 * Chooses between WebAssembly, in as many threads as the page may use, and WebGPU, which must compute the same in less
 * time: decided by a patch of the model's own network.
 *
 * @throws NnUNetError 'missing-device' if WebGPU is asked for and cannot be used; 'missing-file' without the runtime; 'usage'
 */
export async function chooseCompute(
  { runtime: folder, device, threads: wanted }: Pick<LoadRequest, 'runtime' | 'device' | 'threads'>,
  model: StoredNetworks,
): Promise<TabCompute> {
  requireOneOf('device', device, ['auto', 'cpu', 'webgpu']);
  const threads = usableThreads(wanted);
  const missing = device === 'cpu' ? 'it was not asked for' : await missingGpu(device);
  if (device === 'webgpu' && missing !== null) throw noWebGpu(missing);
  const runtime = await loadWebRuntime({ folder, threads, webgpu: missing === null });
  const { name: lowering, reason } = await chooseLowering(runtime, 'prediction');
  const cpu = `${threadsInWords(threads)} ${reason}`;
  const onCpu = (why: string): TabCompute => ({ runtime, device: 'cpu', lowering, told: `${cpu} No WebGPU: ${why}.` });
  if (missing !== null) return onCpu(missing);
  const fault = await faultOfDevice(runtime, 'webgpu');
  if (device === 'webgpu') {
    if (fault !== undefined) throw noWebGpu(fault);
    return { runtime, device, lowering: 'plain', told: 'WebGPU, as asked for.' };
  }
  if (fault !== undefined) return onCpu(fault);
  const slow = await tryOut(runtime, 'cpu', model);
  let fast: typeof slow;
  try {
    fast = await tryOut(runtime, 'webgpu', model);
  } catch (error) {
    // Such as a network that its memory cannot hold.
    return onCpu(`it cannot compute this model's network (${messageOf(error).split('\n', 1)[0]})`);
  }
  const times = `${milliseconds(fast.seconds)} for a patch, WebAssembly ${milliseconds(slow.seconds)}`;
  const off = greatestDifference(slow.output, fast.output);
  if (!(off < TOLERANCE)) return onCpu(`its results differ by ${off.toExponential(1)}`);
  if (fast.seconds >= slow.seconds) return onCpu(`it takes ${times}`);
  return { runtime, device: 'webgpu', lowering: 'plain', told: `WebGPU: it takes ${times}.` };
}

/** Returns the threads that WebAssembly may use: those asked for, or one per processor. @throws NnUNetError 'usage' */
export function usableThreads(wanted: number | undefined): number {
  requireInteger('threads', wanted, 1);
  const most = globalThis.crossOriginIsolated ? navigator.hardwareConcurrency : 1;
  return Math.min(wanted ?? most, most);
}

/** A sentence about them for the user. */
export function threadsInWords(threads: number): string {
  const isolated = globalThis.crossOriginIsolated ? '' : ' (the page is not isolated from other origins)';
  return `WebAssembly in ${threads === 1 ? 'one thread' : `${threads} threads`}${isolated}.`;
}

/** The part of WebGPU's interface that is asked here. */
interface Gpu {
  requestAdapter(): Promise<{ isFallbackAdapter?: boolean; info?: { isFallbackAdapter?: boolean } } | null>;
}

/** Returns why there is no GPU to try; null if there is one. One that is emulated is only taken if asked for. */
async function missingGpu(device: 'auto' | 'webgpu'): Promise<string | null> {
  const { gpu } = navigator as { gpu?: Gpu };
  if (gpu === undefined) return 'this browser has none, or not for this page';
  const adapter = await gpu.requestAdapter().catch(() => null);
  if (adapter === null) return 'no GPU was found';
  const emulated = adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter ?? false;
  return emulated && device === 'auto' ? 'the GPU is emulated by software' : null;
}

function noWebGpu(reason: string): NnUNetError {
  return new NnUNetError('missing-device', {
    what: `WebGPU cannot be used: ${reason}`,
    remedy: 'Leave out `device`, so that WebAssembly is used.',
  });
}

/** Runs a patch of noise twice, since the first run compiles; times the second. */
async function tryOut(runtime: Runtime, device: 'cpu' | 'webgpu', { rules, members }: StoredNetworks) {
  const { patchSize, nonlinearity, description } = rules;
  const { network } = description;
  const session = await PatchSession.load(runtime, {
    description: network,
    weights: members[0]!,
    patchSize,
    nonlinearity,
    device,
  });
  try {
    const size = network.inputChannels * sizeOf(patchSize);
    const patch = counterRandom(1, 'trial').fillNormal(new Float32Array(size));
    await session.predict(patch);
    const start = performance.now();
    const output = await session.predict(patch);
    return { output, seconds: (performance.now() - start) / 1000 };
  } finally {
    await session.dispose();
  }
}

function greatestDifference(expected: Float32Array, found: Float32Array): number {
  let [scale, difference] = [0, 0];
  for (const [i, value] of expected.entries()) {
    scale = Math.max(scale, Math.abs(value));
    const off = Math.abs(found[i]! - value);
    if (Number.isNaN(off)) return off;
    difference = Math.max(difference, off);
  }
  return difference / scale;
}

const milliseconds = (seconds: number) => `${(1000 * seconds).toFixed(0)} ms`;
