import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { temporaryFolder } from '@nnunet/testing';
import { describe, expect, it, vi } from 'vitest';
import { encodeNpy } from '../npy.ts';
import { encodeNpyHeader } from '../npy-header.ts';
import { openNpy, readNpyFile, writeNpyFile } from './npy-file.ts';
import { readNpzFile, writeNpzFile } from './npz-file.ts';
import { readFileBytes, readFully, readPieces } from './read-file.ts';

const folder = temporaryFolder();

describe('a box of an array', () => {
  /** How many calls it takes to read the box, and whether it is right. */
  async function calls(shape: number[], lower: number[], upper: number[]): Promise<number> {
    const size = shape.reduce((a, b) => a * b, 1);
    const path = join(folder, 'box.npy');
    await writeNpyFile(path, { data: Uint8Array.from({ length: size }, (_, i) => (i * 7919) >> 3), shape });
    const file = await openNpy(path);
    const read = vi.spyOn(file, 'read');
    const { data, shape: box, dtype } = await file.readBox(lower, upper);
    await file.close();
    expect([box, dtype]).toEqual([lower.map((l, a) => upper[a]! - l), 'uint8']);
    const expected: number[] = [];
    for (let i = 0; i < size; i++) {
      let [rest, inside] = [i, true];
      for (let a = shape.length - 1; a >= 0; a--) {
        const at = rest % shape[a]!;
        rest = Math.floor(rest / shape[a]!);
        if (at < lower[a]! || at >= upper[a]!) inside = false;
      }
      if (inside) expected.push(((i * 7919) >> 3) & 255);
    }
    expect([...data]).toEqual(expected);
    return read.mock.calls.length;
  }

  it.each<[shape: number[], lower: number[], upper: number[], calls: number]>([
    // rows that lie 64 KiB apart are read along, those a byte further not
    [[2, 65_541], [0, 2], [2, 7], 1],
    [[2, 65_542], [0, 2], [2, 7], 2],
    [[3, 300, 300], [0, 5, 5], [3, 10, 10], 3],
    [[3, 200, 200], [0, 5, 5], [3, 10, 10], 1],
    [[2, 2, 70_000], [0, 0, 3], [2, 2, 5], 4],
    [[2, 2, 70_000], [1, 0, 3], [2, 2, 5], 2],
    [[5], [1], [4], 1],
    [[5], [2], [2], 0],
    [[], [], [], 1],
  ])('of shape %j from %j to %j is read in few calls', async (shape, lower, upper, count) => {
    expect(await calls(shape, lower, upper)).toBe(count);
  });

  it('lies within the array', async () => {
    const path = join(folder, 'within.npy');
    await writeNpyFile(path, { data: new Uint8Array(6), shape: [2, 3] });
    const file = await openNpy(path);
    for (const [lower, upper] of [
      [[0], [1]],
      [[0, 0], [1]],
      [
        [0, 0, 0],
        [1, 1, 1],
      ],
      [
        [-1, 0],
        [1, 1],
      ],
      [
        [1, 0],
        [0, 1],
      ],
      [
        [0, 0],
        [2, 4],
      ],
    ] as const) {
      await expect(file.readBox(lower, upper)).rejects.toThrow(RangeError);
    }
    expect((await file.readBox([0, 0], [2, 3])).data).toHaveLength(6);
    await file.close();
  });
});

it('reads more than 64 MiB in pieces, to the last element', async () => {
  const path = join(folder, 'large.npy');
  const count = 2 ** 24 + 3;
  const head = encodeNpyHeader([count], 'float32');
  writeFileSync(path, head);
  truncateSync(path, head.length + 4 * count);
  const handle = await open(path, 'r+');
  await handle.write(new Uint8Array(Float32Array.of(5, 6, 7).buffer), 0, 12, head.length + 4 * count - 12);
  await handle.close();
  const file = await openNpy(path);
  for (const skipped of [1, 2, 3]) {
    const numbers = (await file.read(skipped, count - skipped)) as Float32Array;
    expect([numbers.length, numbers[0], ...numbers.subarray(-3)]).toEqual([count - skipped, 0, 5, 6, 7]);
  }
  await file.close();
});

it('opens column-major arrays of one axis alone', async () => {
  const bytes = encodeNpy({ data: Uint8Array.of(1, 2, 3, 4), shape: [2, 2] });
  const columns = (shape: string) => {
    const file = bytes.slice();
    const at = new TextDecoder('latin1').decode(bytes).indexOf('False');
    file.set(new TextEncoder().encode(`True, 'shape': ${shape}, } `.padEnd(30)), at);
    return file;
  };
  const path = join(folder, 'columns.npy');
  writeFileSync(path, columns('(2, 2)'));
  await expect(openNpy(path)).rejects.toMatchObject({
    tag: 'bad-npy',
    where: path,
    what: expect.stringMatching(/column-major/),
  });
  expect([...(await readNpyFile(path)).data]).toEqual([1, 3, 2, 4]);
  writeFileSync(path, columns('(4,)'));
  const file = await openNpy(path);
  expect([...(await file.read(1, 2))]).toEqual([2, 3]);
  await file.close();
});

it('notices a file that becomes shorter while it is read', async () => {
  const path = join(folder, 'short');
  writeFileSync(path, 'abcdef');
  expect([...(await readFileBytes(path))]).toEqual([...Buffer.from('abcdef')]);
  const file = await open(path, 'r');
  const bytes = new Uint8Array(3);
  await readFully(file, path, bytes, 2);
  expect(Buffer.from(bytes).toString()).toBe('cde');
  truncateSync(path, 4);
  await expect(readFully(file, path, bytes, 2)).rejects.toMatchObject({ tag: 'cut-off', where: path });
  await file.close();
  mkdirSync(join(folder, 'directory'));
  await expect(readFileBytes(join(folder, 'directory'))).rejects.toMatchObject({ tag: 'not-a-file' });
});

it('reads a part of a file in pieces of a mebibyte, each a buffer of its own', async () => {
  const path = join(folder, 'pieces');
  const content = Uint8Array.from({ length: 2 ** 21 + 100 }, (_, i) => (i * i) >> 9);
  writeFileSync(path, content);
  const file = await open(path, 'r');
  const pieces: Uint8Array[] = [];
  for await (const piece of readPieces(file, path, { start: 50, length: 2 ** 20 + 7 })) pieces.push(piece);
  await file.close();
  expect(pieces.map(({ length }) => length)).toEqual([2 ** 20, 7]);
  expect(Buffer.concat(pieces).equals(content.subarray(50, 50 + 2 ** 20 + 7))).toBe(true);
  expect(pieces[0]!.buffer).not.toBe(pieces[1]!.buffer);
});

it('writes archives of the level that is asked for, and reads arrays of several pieces', async () => {
  const path = join(folder, 'levels.npz');
  const data = Uint8Array.from({ length: 2 ** 21 + 11 }, (_, i) => (i >> 4) ^ (i % 7));
  const sizes: number[] = [];
  for (const level of [0, 1, 6, undefined]) {
    await writeNpzFile(path, { a: { data, shape: [data.length] } }, level === undefined ? {} : { level });
    const bytes = await readFileBytes(path);
    sizes.push(bytes.length);
    expect(Buffer.from((await readNpzFile(path)).get('a')!.data as Uint8Array).equals(data)).toBe(true);
    const npy = inflateRawSync(bytes.subarray(30 + 5));
    expect(Buffer.from(encodeNpy({ data, shape: [data.length] })).equals(npy)).toBe(true);
  }
  expect(sizes[0]).toBeGreaterThan(data.length);
  expect(sizes[1]).toBeGreaterThan(sizes[2]!);
  expect(sizes[3]).toBe(sizes[2]);
});
