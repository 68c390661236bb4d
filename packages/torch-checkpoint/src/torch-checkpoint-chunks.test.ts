import type { StoredTensor } from '@nnunet/tensor';
import { concatenate, readZipDirectory, startOf } from '@nnunet/tensor/internal';
import { describe, expect, it } from 'vitest';
import { openTorchCheckpoint } from './open-torch-checkpoint.ts';
import { bytesSource } from './range-source.ts';
import { type TorchValue, torchCheckpointChunks } from './torch-checkpoint-chunks.ts';
import { isTorchTensor } from './torch-tensor.ts';

const encode = (value: TorchValue) => concatenate(torchCheckpointChunks(value));

async function read(bytes: Uint8Array): Promise<unknown> {
  const { form, value } = await openTorchCheckpoint(bytesSource(bytes));
  expect(form).toBe('zip');
  return plain(value);
}

/** With arrays in place of tensors that are still in the file. */
async function plain(value: unknown): Promise<unknown> {
  if (isTorchTensor(value)) return { dtype: value.dtype, shape: value.shape, data: await value.read() };
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  if (!(value instanceof Map)) return value;
  return new Map(await Promise.all([...value].map(async ([key, item]) => [key, await plain(item)] as const)));
}

async function membersOf(bytes: Uint8Array) {
  const source = { size: bytes.length, read: async (at: number, n: number) => bytes.subarray(at, at + n) };
  const fail = (what: string) => new Error(what);
  const { members } = await readZipDirectory(source, fail);
  return Promise.all(members.map(async (member) => ({ ...member, start: await startOf(source, member, fail) })));
}

describe('a checkpoint that is written', () => {
  it.each<[dtype: string, tensor: StoredTensor]>([
    ['float32', { data: Float32Array.of(1.5, Number.NaN, -0, 4, 5, 6), shape: [2, 1, 3] }],
    ['float64', { data: Float64Array.of(0.1, 1e300), shape: [2] }],
    ['float16', { data: Float32Array.of(0.5, -2), shape: [2], dtype: 'float16' }],
    ['int64', { data: BigInt64Array.of(-(2n ** 40n)), shape: [] }],
    ['int32', { data: Int32Array.of(-7, 8), shape: [2, 1] }],
    ['int16', { data: Int16Array.of(-300), shape: [1] }],
    ['int8', { data: Int8Array.of(-3), shape: [1] }],
    ['uint8', { data: Uint8Array.of(250), shape: [1] }],
    ['bool', { data: Uint8Array.of(1, 0), shape: [2], dtype: 'bool' }],
    ['float32', { data: new Float32Array(), shape: [0, 3] }],
  ])('has a tensor of %s', async (dtype, tensor) => {
    expect(await read(encode({ tensor }))).toEqual(
      new Map([['tensor', { dtype, shape: tensor.shape, data: tensor.data }]]),
    );
  });

  it('has plain values around the tensors', async () => {
    const data = Float32Array.of(3);
    const value = new Map<unknown, TorchValue>([
      ['epoch', 12],
      [0, { momentum_buffer: { data, shape: [1] } }],
      ['axes', Object.freeze([0, 1])],
      ['data', { data: [1, null, true], shape: 'x' }],
    ]);
    expect(await read(encode(value))).toEqual(
      new Map<unknown, unknown>([
        ['epoch', 12],
        [0, new Map([['momentum_buffer', { dtype: 'float32', shape: [1], data }]])],
        ['axes', [0, 1]],
        [
          'data',
          new Map<string, unknown>([
            ['data', [1, null, true]],
            ['shape', 'x'],
          ]),
        ],
      ]),
    );
  });

  it('is laid out as PyTorch reads it: stored, aligned, an array once', async () => {
    const data = Float32Array.of(1, 2);
    const bytes = encode([
      { data, shape: [2] },
      { data, shape: [2, 1] },
      { data: Float32Array.of(1, 2), shape: [2] },
    ]);
    const members = await membersOf(bytes);
    const names = ['data.pkl', 'byteorder', 'data/0', 'data/1', 'version'].map((name) => `archive/${name}`);
    expect(members.map(({ name }) => name)).toEqual(names);
    expect(members.map(({ method, start }) => [method, start % 64])).toEqual(names.map(() => [0, 0]));
    const textOf = (name: string) => {
      const { start, size } = members.find((member) => member.name === `archive/${name}`)!;
      return Buffer.from(bytes.subarray(start, start + size)).toString('latin1');
    };
    expect([textOf('version'), textOf('byteorder')]).toEqual(['3\n', 'little']);
    // storage, offset, sizes, strides, no gradient, no hooks
    const storage = '(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x02tQ';
    const rest = 'K\0(K\x02K\x01t(K\x01K\x01t\x89ccollections\nOrderedDict\n(tRtR';
    expect(textOf('data.pkl')).toContain(`ctorch._utils\n_rebuild_tensor_v2\n(${storage}${rest}`);
  });

  it.each<[what: string, value: unknown, message: RegExp]>([
    ['elements that PyTorch lacks', { data: Uint16Array.of(1), shape: [1] }, /tensors of uint16/],
    ['another number of elements', { data: Float32Array.of(1), shape: [2] }, /does not fit 1 elements/],
    ['undefined', { a: undefined }, /undefined/],
  ])('is refused with %s', (_, value, message) => {
    expect(() => encode(value as TorchValue)).toThrow(message);
  });

  it('is refused with an array of two types', () => {
    const data = Float32Array.of(1);
    const twice = [
      { data, shape: [1] },
      { data, shape: [1], dtype: 'float16' as const },
    ];
    expect(() => encode(twice)).toThrow('both float32 and float16');
  });
});
