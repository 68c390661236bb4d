import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { writeNpzFile } from '@nnunet/tensor/node';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it, vi } from 'vitest';
import { mergeMemory, roomForMerging } from './merge-memory.ts';

const folder = temporaryFolder();

it('tells the memory of a case from the head of its archive', async () => {
  const data = new Float32Array(3 * 10 * 20 * 30);
  await writeNpzFile(join(folder, 'a.npz'), { softmax: { data, shape: [3, 10, 20, 30], dtype: 'float16' } });
  // Half floats and a header of 128 bytes.
  expect(await mergeMemory(join(folder, 'a.npz'))).toBe(6 * (2 * data.length + 128));
});

it('reads the large sizes that NumPy writes', async () => {
  const head = new Uint8Array(70);
  const view = new DataView(head.buffer);
  view.setUint32(0, 0x04034b50, true);
  view.setUint32(22, 0xffffffff, true);
  view.setUint16(26, 11, true);
  view.setUint16(28, 29, true);
  view.setUint16(41, 9, true);
  view.setUint16(43, 5, true);
  view.setUint16(50, 1, true);
  view.setUint16(52, 16, true);
  view.setBigUint64(54, 5_000_000_000n, true);
  await writeFile(join(folder, 'b.npz'), head);
  expect(await mergeMemory(join(folder, 'b.npz'))).toBe(30e9);
});

it('finds the large sizes behind other fields, and reads no further than the header goes', async () => {
  // A name of 2 bytes, then a field of 3 bytes and that of the sizes.
  const head = new Uint8Array(30 + 2 + 7 + 20);
  const view = new DataView(head.buffer);
  view.setUint32(0, 0x04034b50, true);
  view.setUint32(22, 0xffffffff, true);
  view.setUint16(26, 2, true);
  view.setUint16(32, 9, true);
  view.setUint16(34, 3, true);
  view.setUint16(39, 1, true);
  view.setUint16(41, 16, true);
  view.setBigUint64(43, 7_000_000_000n, true);
  const sizeIn = async (fields: number, bytes = head.length) => {
    view.setUint16(28, fields, true);
    await writeFile(join(folder, 'd.npz'), head.subarray(0, bytes));
    return mergeMemory(join(folder, 'd.npz'));
  };
  expect(await sizeIn(27)).toBe(42e9);
  expect([await sizeIn(19), await sizeIn(18), await sizeIn(7)]).toEqual([42e9, 0, 0]);
  expect([await sizeIn(27, 51), await sizeIn(27, 50)]).toEqual([42e9, 0]);
  view.setUint32(22, 10, true);
  expect([await sizeIn(0, 30), await sizeIn(0, 29)]).toEqual([60, 0]);
});

it('ignores files that are not archives', async () => {
  await writeFile(join(folder, 'c.npz'), 'nothing');
  expect(await mergeMemory(join(folder, 'c.npz'))).toBe(0);
  expect(await mergeMemory(join(folder, 'none.npz'))).toBe(0);
});

it('names a case that does not fit', () => {
  expect(roomForMerging(1e16).bytes).toBeGreaterThan(1e15);
  expect(roomForMerging(1e16).bytes).toBeLessThan(1e16);
  vi.spyOn(process.memoryUsage, 'rss').mockReturnValue(1000);
  const { bytes, check } = roomForMerging(1500);
  expect([bytes, check('a', 500)]).toEqual([500, 500]);
  expect(() => check('a', 501)).toThrow(/a: merging its probabilities needs about/);
  vi.restoreAllMocks();
  for (const limit of [1e14, undefined]) {
    const room = roomForMerging(limit);
    expect(room.check('a', 1e6)).toBe(1e6);
    let error: unknown;
    try {
      room.check('b', 1e15);
    } catch (caught) {
      error = caught;
    }
    expect(isNnUNetError(error, 'memory-limit')).toBe(true);
    expect((error as Error).message).toMatch(/^b: /);
  }
});
