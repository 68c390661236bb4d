import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { temporaryFolder } from '@nnunet/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeNpy } from '../npy.ts';
import { readNpz } from '../npz.ts';
import { fileError } from './file-error.ts';
import { isFolder, isSamePath, requireWritable } from './folders.ts';
import { openNpy, readNpyFile, writeNpyFile } from './npy-file.ts';
import { readNpzFile, writeNpzFile } from './npz-file.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

const folder = temporaryFolder();
const golden = new URL('../../../../../shared/golden/resample/arrays.npz', import.meta.url).pathname;

async function tagOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error) => (isNnUNetError(error) && error.where && error.remedy ? error.tag : `untyped: ${error}`),
  );
}

describe('fileError', () => {
  it('tells a link to nowhere from a file that is missing, and a file from a path through one', async () => {
    const [link, file] = [join(folder, 'link.nii.gz'), join(folder, 'one-file')];
    symlinkSync('/no/such/disk/image.nii.gz', link);
    writeFileSync(file, '');
    await expect(readNpyFile(link)).rejects.toThrow(/link\.nii\.gz: is a link to \/no\/such\/disk\/image\.nii\.gz, /);
    await expect(readNpyFile(join(folder, 'nothing'))).rejects.toThrow(/nothing: does not exist/);
    const refused = await readdir(file).catch((cause) => fileError(cause, file));
    expect(refused).toMatchObject({ tag: 'not-a-folder', what: 'is a file where a folder is needed' });
    const through = await readdir(join(file, 'more')).catch((cause) => fileError(cause, join(file, 'more')));
    expect(through).toMatchObject({ tag: 'missing-file', what: `is inside ${file}, which is a file, not a folder` });
  });
});

describe('writeFileAtomic', () => {
  it('writes bytes, text and pieces, and leaves nothing else', async () => {
    const path = join(folder, 'atomic', 'a.bin');
    expect(await tagOf(writeFileAtomic(path, 'x'))).toBe('missing-file');
    const plain = join(folder, 'a.bin');
    await writeFileAtomic(plain, 'old');
    await writeFileAtomic(plain, [Uint8Array.of(1, 2), Uint8Array.of(3)]);
    expect([...(await readFile(plain))]).toEqual([1, 2, 3]);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('keeps the old file and removes the temporary one when the pieces fail', async () => {
    const path = join(folder, 'b.bin');
    await writeFileAtomic(path, 'old');
    const failing = (function* () {
      yield Uint8Array.of(1);
      throw new Error('no more');
    })();
    await expect(writeFileAtomic(path, failing)).rejects.toThrow('no more');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('names the file and the remedy', async () => {
    expect(await tagOf(writeFileAtomic(join(folder, 'a.bin', 'c'), 'x'))).toBe('missing-file');
    expect(await tagOf(writeFileAtomic(folder, 'x'))).toMatch(/not-a-file|no-access/);
    const full = fileError(Object.assign(new Error(), { code: 'ENOSPC' }), '/d/f');
    expect(String(full)).toMatch(/\/d\/f: no space left on the disk\n.*Free space/);
    expect(String(fileError(Object.assign(new Error(), { code: 'EROFS' }), 'f'))).toMatch(/read-only/);
    const other = new TypeError('other');
    expect(fileError(other, 'f')).toBe(other);
  });
});

it('tells whether a path leads to a folder, and two to the same', async () => {
  const [one, link, absent] = ['one', 'link', 'absent'].map((name) => join(folder, name)) as [string, string, string];
  mkdirSync(one);
  symlinkSync(one, link);
  expect(await Promise.all([one, link, absent, import.meta.filename].map(isFolder))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(await isSamePath(`${one}/`, link)).toBe(true);
  expect(await isSamePath(one, absent)).toBe(false);
  expect(await isSamePath(absent, `${one}/../absent`)).toBe(true);
});

it('requires a folder that can be written to, or created', async () => {
  const file = join(folder, 'in-the-way');
  writeFileSync(file, '');
  await expect(requireWritable(folder)).resolves.toBeUndefined();
  await expect(requireWritable(join(folder, 'not/yet/there'))).resolves.toBeUndefined();
  expect(existsSync(join(folder, 'not'))).toBe(false);
  await expect(requireWritable(join(file, 'out'))).rejects.toMatchObject({ tag: 'usage', where: file });
});

it.skipIf(process.getuid?.() === 0)(
  'refuses a folder that must not be written to (root may write anywhere)',
  async () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed, { mode: 0o500 });
    await expect(requireWritable(join(closed, 'out'))).rejects.toMatchObject({ tag: 'no-access', where: closed });
  },
);

describe('npy files', () => {
  it('are read by position', async () => {
    const path = join(folder, 'v.npy');
    const shape = [3, 40, 50, 60];
    const data = Float32Array.from({ length: 3 * 40 * 50 * 60 }, (_, i) => i);
    await writeNpyFile(path, { data, shape });
    expect(await readNpyFile(path)).toEqual({ data, shape, dtype: 'float32' });
    const file = await openNpy(path);
    try {
      expect(await file.read(7, 3)).toEqual(Float32Array.of(7, 8, 9));
      expect(await file.read(0, 2)).toEqual(Float32Array.of(0, 1));
      expect(await file.read(data.length - 1, 1)).toEqual(data.subarray(data.length - 1));
      expect(await file.read(5, 0)).toHaveLength(0);
      for (const [start, count] of [
        [-1, 2],
        [3, -1],
      ] as const)
        await expect(file.read(start, count)).rejects.toThrow(RangeError);
      await expect(file.read(data.length - 1, 2)).rejects.toThrow(RangeError);
      await expect(file.readBox([0, 0, 0, 0], [3, 41, 1, 1])).rejects.toThrow(RangeError);
      const box = fc.tuple(...shape.map((n) => fc.tuple(fc.nat(n), fc.nat(n))));
      await fc.assert(
        fc.asyncProperty(box, async (ranges) => {
          const sorted = ranges.map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
          const got = await file.readBox(
            sorted.map(([lower]) => lower),
            sorted.map(([, upper]) => upper),
          );
          const sides = sorted.map(([lower, upper]) => Array.from({ length: upper - lower }, (_, i) => lower + i));
          // The number of an element from those of its axes.
          const expected = sides.reduce((all, side, a) => all.flatMap((n) => side.map((i) => n * shape[a]! + i)), [0]);
          expect(got.shape).toEqual(sides.map((side) => side.length));
          expect(got.data).toEqual(Float32Array.from(expected));
        }),
        { numRuns: 40 },
      );
    } finally {
      await file.close();
    }
  });

  it('are checked when opened', async () => {
    const path = join(folder, 'cut.npy');
    writeFileSync(path, encodeNpy({ data: new Float32Array(9), shape: [9] }).subarray(0, 140));
    expect(await tagOf(openNpy(path))).toBe('bad-npy');
    expect(await tagOf(readNpyFile(path))).toBe('bad-npy');
    expect(await tagOf(openNpy(join(folder, 'none.npy')))).toBe('missing-file');
    expect(await tagOf(readNpyFile(folder))).toBe('not-a-file');
  });
});

describe('npz files', () => {
  it('come back, and are the same to the portable reader', async () => {
    const path = join(folder, 'a.npz');
    const data = {
      data: Float32Array.from({ length: 10000 }, (_, i) => Math.sin(i)),
      shape: [100, 100],
      dtype: 'float32',
    } as const;
    await writeNpzFile(path, { data, empty: { data: new Uint8Array(), shape: [0] } });
    const read = await readNpzFile(path);
    expect(read.get('data')).toEqual(data);
    expect(read.get('empty')!.data).toHaveLength(0);
    expect(await readNpz(await readFile(path))).toEqual(read);
  });

  it('are refused when damaged', async () => {
    const path = join(folder, 'bad.npz');
    await writeNpzFile(path, { data: { data: new Float32Array(5000), shape: [5000] } });
    const bytes = await readFile(path);
    bytes[60]! ^= 0xff;
    writeFileSync(path, bytes);
    expect(await tagOf(readNpzFile(path))).toBe('bad-zip');
    expect(await tagOf(readNpzFile(path, { maxBytes: 100 }))).toBe('bad-zip');
    expect(await tagOf(readNpzFile(join(folder, 'none.npz')))).toBe('missing-file');
  });

  it.skipIf(!existsSync(golden))("reads NumPy's own archive (skipped without ../shared/golden)", async () => {
    const read = await readNpzFile(golden);
    expect(read.size).toBeGreaterThan(10);
    for (const tensor of read.values()) expect(tensor.data.length).toBe(tensor.shape.reduce((a, b) => a * b, 1));
    expect(await readNpz(await readFile(golden))).toEqual(read);
  });
});
