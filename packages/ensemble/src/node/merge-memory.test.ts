import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { writeNpzFile } from '@nnunet/tensor/node';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
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

it('says nothing of what is no archive', async () => {
  await writeFile(join(folder, 'c.npz'), 'nothing');
  expect(await mergeMemory(join(folder, 'c.npz'))).toBe(0);
  expect(await mergeMemory(join(folder, 'none.npz'))).toBe(0);
});

it('names a case that does not fit', () => {
  expect(roomForMerging(1e16).bytes).toBeGreaterThan(1e15);
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
