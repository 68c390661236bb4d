import { usageError } from '@nnunet/errors';
import { requireInteger } from '@nnunet/errors/internal';
import type { DeviceName } from '../device-name.ts';
import { faultOfDevice } from '../device-trial.ts';
import { checkProvider, deviceFailed, tooFewDevices } from './device.ts';
import { nodeRuntime } from './node-runtime.ts';

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

function faultOf(device: DeviceName, deviceId: number): Promise<string | undefined> {
  const key = `${device}:${deviceId}`;
  const known = tried.get(key) ?? tryOut(device, deviceId);
  tried.set(key, known);
  return known;
}

async function tryOut(device: DeviceName, deviceId: number): Promise<string | undefined> {
  checkProvider(device);
  return faultOfDevice(nodeRuntime, device, deviceId);
}
