import { closeSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../crc32.ts';
import { encodeNpy, npyPieces } from '../npy.ts';
import { encodeNpyHeader } from '../npy-header.ts';
import { safetensorsChunks } from '../safetensors.ts';
import { zipChunks } from '../zip.ts';
import { openNpy, readNpyFile } from './npy-file.ts';
import { readNpzFile } from './npz-file.ts';
import { readFileBytes } from './read-file.ts';

/** More bytes than an array of bytes can have; nothing reads or writes the zeros, which take no memory. */
const count = 1_100_000_000;
const bytes = 4 * count;

/** Writes pieces to a file, the zeros of `gap` as a hole. */
function writeSparse(path: string, pieces: Iterable<Uint8Array>, gap: Uint8Array): void {
  const file = openSync(path, 'w');
  let at = 0;
  for (const piece of pieces) {
    if (piece !== gap) writeSync(file, piece, 0, piece.length, at);
    at += piece.length;
  }
  ftruncateSync(file, at);
  closeSync(file);
}

/** Bytes of memory that a task took for good. */
async function memoryOf(task: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().rss;
  await task();
  return process.memoryUsage().rss - before;
}

describe('arrays of more than 4 GiB', () => {
  it('are given to a file in pieces that lie one after the other', async () => {
    const data = new Float32Array(count);
    data[count - 1] = 7;
    const used = await memoryOf(async () => {
      const { head, pieces, size } = npyPieces({ data, shape: [2, count / 2] });
      expect(size).toBe(head.length + bytes);
      const [, ...tensors] = safetensorsChunks(new Map([['big', { data, shape: [count] }]]));
      for (const list of [[...pieces], tensors]) {
        let at = 0;
        for (const piece of list) {
          expect(piece.buffer).toBe(data.buffer);
          expect(piece.byteOffset).toBe(at);
          expect(piece.length).toBeLessThanOrEqual(2 ** 30);
          at += piece.length;
        }
        expect(at).toBe(bytes);
        expect([...list.at(-1)!.slice(-4)]).toEqual([0, 0, 0xe0, 0x40]);
      }
    });
    expect(used).toBeLessThan(2 ** 28);
  });

  it('are read by position from .npy files', async () => {
    const path = join(temporaryFolder(), 'big.npy');
    const head = encodeNpyHeader([count / 100, 100], 'float32');
    const file = openSync(path, 'w');
    writeSync(file, head);
    const last = new Uint8Array(Float32Array.of(5, 6, 7).buffer);
    writeSync(file, last, 0, 12, head.length + bytes - 12);
    closeSync(file);
    const array = await openNpy(path);
    expect([...((await array.read(count - 4, 4)) as Float32Array)]).toEqual([0, 5, 6, 7]);
    const box = await array.readBox([count / 100 - 2, 97], [count / 100, 100]);
    expect([...(box.data as Float32Array)]).toEqual([0, 0, 0, 5, 6, 7]);
    await array.close();
    await expect(readFileBytes(path)).rejects.toThrow('more than the 4 GiB');
    ftruncateSync(openSync(path, 'r+'), bytes);
    await expect(readNpyFile(path)).rejects.toThrow('it is cut off');
  });

  it('and what lies behind them are found in .npz files', async () => {
    const path = join(temporaryFolder(), 'big.npz');
    const gap = new Uint8Array(2 ** 29);
    const small = { data: Float32Array.of(1.5, -2), shape: [2] };
    const npy = encodeNpy(small);
    const part = { name: 'small.npy', method: 0, crc: crc32(npy), size: npy.length, compressed: [npy] };
    const big = { name: 'big.npy', method: 0, crc: 0, size: 9 * gap.length, compressed: new Array(9).fill(gap) };
    const used = await memoryOf(async () => {
      writeSparse(path, zipChunks([{ ...part, name: 'first.npy' }, big, part]), gap);
      expect(statSync(path).size).toBeGreaterThan(2 ** 32);
      const arrays = await readNpzFile(path, { only: ['small', 'first'] });
      expect([...arrays.keys()]).toEqual(['first', 'small']);
      for (const { data } of arrays.values()) expect([...data]).toEqual([1.5, -2]);
      await expect(readNpzFile(path, { maxBytes: 2 ** 32 })).rejects.toThrow('inflates to more than');
    });
    expect(used).toBeLessThan(2 ** 28);
  }, 60_000);
});
