import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { NnUNetError, usageError } from '@nnunet/errors';
import { env, listSupportedBackends } from 'onnxruntime-node';
import { type DeviceName, deviceNames } from '../device-name.ts';

/** Returns the version of ONNX Runtime that computes networks. */
export function runtimeVersion(): string {
  return env.versions.node!;
}

/** @throws NnUNetError 'usage' for an unknown name */
export function checkDevice(name: string): DeviceName {
  const known = deviceNames.find((device) => device === name);
  if (known !== undefined) return known;
  throw usageError({ what: `there is no device "${name}"`, remedy: `Devices: ${deviceNames.join(', ')}.` });
}

/**
 * Checks that a device's requirements are installed on this machine, before the runtime fails with an obscure message.
 *
 * @throws NnUNetError 'missing-device'
 */
export function checkProvider(device: DeviceName): void {
  if (!listSupportedBackends().some(({ name }) => name === device)) {
    throw new NnUNetError('missing-device', {
      what: `ONNX Runtime does not support ${device} for Node on ${process.platform} ${process.arch}`,
      remedy: 'Leave out `device` to compute on the CPU.',
    });
  }
  if (device !== 'cuda') return;
  const runtime = join(dirname(createRequire(import.meta.url).resolve('onnxruntime-node')), '..');
  const library = join(runtime, 'bin/napi-v6', process.platform, process.arch, 'libonnxruntime_providers_cuda.so');
  if (existsSync(library)) return;
  throw new NnUNetError('missing-device', {
    what: 'the CUDA part of ONNX Runtime is not installed',
    remedy:
      `Install it with: node ${join(runtime, 'script/install.js')} --onnxruntime-node-install=cuda12 ` +
      '(it needs CUDA 12 and cuDNN 9). Or leave out `device` to compute on the CPU.',
  });
}

const needs: Record<DeviceName, string> = {
  cpu: '',
  cuda: 'It needs an NVIDIA GPU that nvidia-smi shows, CUDA 12 and cuDNN 9. ',
  webgpu: 'It needs a GPU with a driver; on Linux also the Vulkan loader (Debian and Ubuntu: libvulkan1). ',
};

/** Makes the error for several sessions of which one found no GPU of its own. @param deviceId the first missing GPU */
export function tooFewDevices(sessions: number, deviceId: number, reason: string): NnUNetError {
  const most = deviceId === 1 ? 'one session' : `at most ${deviceId} sessions`;
  return new NnUNetError('missing-device', {
    what: `${sessions} sessions need ${sessions} GPUs, but GPU ${deviceId} (counting from 0) cannot be used: ${reason}`,
    remedy: `Use ${most}, or check that nvidia-smi and CUDA_VISIBLE_DEVICES show ${sessions} GPUs.`,
  });
}

/** Makes the error for a device that failed to compute a network. */
export function deviceFailed(device: DeviceName, reason: string): NnUNetError {
  return new NnUNetError('missing-device', {
    what: `the device ${device} cannot be used: ${reason}`,
    remedy: `${needs[device]}Leave out \`device\` to compute on the CPU.`,
  });
}
