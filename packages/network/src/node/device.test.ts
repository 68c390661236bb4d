import { isNnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { checkDevice, checkProvider, deviceFailed, tooFewDevices } from './device.ts';
import { requireDevice } from './require-device.ts';

const caught = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

it('knows devices by name', () => {
  expect(checkDevice('webgpu')).toBe('webgpu');
  const error = caught(() => checkDevice('gpu'));
  expect(isNnUNetError(error, 'usage')).toBe(true);
  expect((error as Error).message).toMatch(/"gpu"\n.*cpu, cuda, webgpu/);
});

it('asks nothing of a machine for the CPU', async () => {
  checkProvider('cpu');
  await requireDevice('cpu');
});

it('says what to do where a device fails', () => {
  expect(deviceFailed('webgpu', 'no GPU was found').message).toMatch(
    /^the device webgpu cannot .*no GPU was found\n.*`device`/,
  );
});

it('refuses a device that the runtime does not have', () => {
  const error = caught(() => checkProvider('npu' as never));
  expect(isNnUNetError(error, 'missing-device')).toBe(true);
  expect((error as Error).message).toMatch(/^ONNX Runtime does not support npu for Node on/);
});

it('says how many sessions the GPUs are enough for', () => {
  expect(tooFewDevices(3, 1, 'no such device').message).toMatch(
    /3 GPUs, but GPU 1 .*no such device\n *Use one session,/,
  );
  expect(tooFewDevices(3, 2, 'no such device').message).toMatch(/GPU 2 .*\n *Use at most 2 sessions,/);
});

const cuda = caught(() => checkProvider('cuda'));

it.skipIf(cuda === undefined)('says how the CUDA part is installed where it is missing', async () => {
  expect(isNnUNetError(cuda, 'missing-device')).toBe(true);
  expect((cuda as Error).message).toMatch(/CUDA|cuda/);
  if (process.platform === 'linux' && process.arch === 'x64') {
    expect((cuda as Error).message).toMatch(/script.install\.js --onnxruntime-node-install=cuda12/);
  }
});
