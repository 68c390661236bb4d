import { expect, it, vi } from 'vitest';
import type { DeviceName } from '../device-name.ts';
import { checkProvider } from './device.ts';

const machine = vi.hoisted(() => ({ devices: [] as string[], present: false, looked: [] as string[] }));
vi.mock('node:fs', async (original) => ({
  ...(await original<typeof import('node:fs')>()),
  existsSync(path: string) {
    machine.looked.push(path);
    return machine.present;
  },
}));
vi.mock('onnxruntime-node', () => ({
  listSupportedBackends: () => machine.devices.map((name) => ({ name, bundled: true })),
}));

/** What is said of a device, and how many files were looked for. */
function check(device: DeviceName, devices: string[], present: boolean): [message: string, looked: number] {
  Object.assign(machine, { devices, present, looked: [] });
  try {
    checkProvider(device);
  } catch (error) {
    return [(error as Error).message, machine.looked.length];
  }
  return ['', machine.looked.length];
}

it('looks for the library of CUDA beside the runtime, and for none of the other devices', () => {
  const all = ['cpu', 'cuda', 'webgpu'];
  expect(check('cuda', all, true)).toEqual(['', 1]);
  expect(machine.looked[0]).toMatch(
    new RegExp(`onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}/libonnxruntime_providers_cuda\\.so$`),
  );
  const [message, looked] = check('cuda', all, false);
  expect(message).toMatch(/^the CUDA part of ONNX Runtime is not installed\n {2}Install it with: node .*install\.js/);
  expect(looked).toBe(1);
  for (const device of ['cpu', 'webgpu'] as const) expect(check(device, all, false)).toEqual(['', 0]);
  for (const device of ['cuda', 'webgpu'] as const) {
    const [missing] = check(
      device,
      all.filter((name) => name !== device),
      true,
    );
    expect(missing).toMatch(new RegExp(`^ONNX Runtime does not support ${device} for Node`));
  }
});
