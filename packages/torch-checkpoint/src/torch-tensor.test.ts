import { sizeOf } from '@nnunet/tensor';
import { describe, expect, it } from 'vitest';
import { bytesSource } from './range-source.ts';
import { TorchStorage } from './torch-storage.ts';
import { isTorchTensor, StoredTorchTensor } from './torch-tensor.ts';

/** A storage of the numbers 0, 1, 2, … behind two other bytes. */
function storageOf(size: number): TorchStorage {
  const bytes = Uint8Array.from({ length: 2 + size }, (_, i) => i - 2);
  const storage = new TorchStorage(bytesSource(bytes, 'x.pth'), 'key', 'uint8', size);
  storage.placeAt(async () => ({ start: 2 }));
  return storage;
}

describe('a view of a storage', () => {
  it.each<[what: string, offset: number, size: number[], stride: number[]]>([
    ['the whole', 0, [2, 3, 4], [12, 4, 1]],
    ['axes in another order', 0, [4, 2, 3], [1, 12, 4]],
    ['axes in another order, from the middle', 3, [3, 2, 2], [1, 7, 3]],
    ['steps', 1, [3, 4], [6, 1]],
    ['steps in rows', 2, [2, 3], [9, 3]],
    ['a value repeated', 5, [3, 2], [0, 0]],
    ['rows repeated', 5, [3, 4], [0, 1]],
    ['axes of one, whatever their stride', 4, [1, 5, 1], [100, 1, 100]],
    ['no axes', 23, [], []],
    ['nothing', 0, [3, 0, 2], [0, 0, 0]],
    ['the last element', 23, [1], [1]],
  ])('is read by its strides: %s', async (_, offset, size, stride) => {
    const tensor = new StoredTorchTensor(storageOf(24), { offset, size, stride });
    expect([isTorchTensor(tensor), tensor.dtype, tensor.shape]).toEqual([true, 'uint8', size]);
    const expected = Array.from({ length: sizeOf(size) }, (_element, i) => {
      let [at, rest] = [offset, i];
      for (let a = size.length - 1; a >= 0; a--) {
        at += (rest % size[a]!) * stride[a]!;
        rest = Math.floor(rest / size[a]!);
      }
      return at;
    });
    expect([...(await tensor.read())]).toEqual(expected);
  });

  it.each<[what: string, view: { offset: unknown; size: unknown; stride: unknown }, message: RegExp]>([
    ['one element beyond', { offset: 1, size: [24], stride: [1] }, /beyond the end of storage key/],
    ['a step beyond', { offset: 0, size: [3, 4], stride: [11, 1] }, /beyond the end/],
    ['no list', { offset: 0, size: 3, stride: [1] }, /impossible shape/],
    ['no strides', { offset: 0, size: [3], stride: null }, /impossible shape/],
    ['a negative stride', { offset: 0, size: [3], stride: [-1] }, /impossible shape/],
    ['65 axes', { offset: 0, size: Array(65).fill(1), stride: Array(65).fill(1) }, /impossible shape/],
    ['2^60 elements of nothing', { offset: 0, size: [0, 2 ** 30, 2 ** 30], stride: [0, 0, 0] }, /impossible shape/],
    ['half an element', { offset: 0.5, size: [1], stride: [1] }, /impossible offset/],
    ['a negative place', { offset: -1, size: [1], stride: [1] }, /impossible offset/],
    ['2^24 + 1 times one element', { offset: 0, size: [2 ** 24 + 1], stride: [0] }, /of 16777217 elements/],
  ])('is refused: %s', (_, view, message) => {
    expect(() => new StoredTorchTensor(storageOf(24), view)).toThrow(message);
  });

  it('may have 64 axes, and a value 2^24 times', () => {
    const ones = Array<number>(64).fill(1);
    expect(new StoredTorchTensor(storageOf(24), { offset: 0, size: ones, stride: ones }).shape).toHaveLength(64);
    const expanded = { offset: 0, size: [2 ** 24], stride: [0] };
    expect(new StoredTorchTensor(storageOf(24), expanded).shape).toEqual([2 ** 24]);
  });
});
