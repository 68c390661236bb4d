import { describe, expect, it } from 'vitest';
import { crc32 } from './crc32.ts';
import { encodeNpy } from './npy.ts';
import { readNpz, writeNpz } from './npz.ts';
import { readZipEntries, zipChunks } from './zip.ts';

const content = Uint8Array.of(1, 2, 3, 4, 5);
const part = (name: string, compressed = [content]) => ({
  name,
  method: 0,
  crc: 7,
  size: 5,
  compressed,
});

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
}

const sourceOf = (bytes: Uint8Array) => ({
  size: bytes.length,
  read: async (at: number, n: number) => {
    expect(at >= 0 && at + n <= bytes.length).toBe(true);
    return bytes.subarray(at, at + n);
  },
});
const entriesOf = (bytes: Uint8Array, maxBytes = 1000) => readZipEntries(sourceOf(bytes), 'x.npz', maxBytes);

/** The archive with numbers changed. */
function changed(bytes: Uint8Array, edit: (view: DataView) => void): Uint8Array {
  const out = bytes.slice();
  edit(new DataView(out.buffer));
  return out;
}

const two = joined(zipChunks([part('a'), part('füür', [content.subarray(0, 2), content.subarray(2)])]));
const head = 30 + 1 + 5;
const directory = head + 30 + 6 + 5;

describe('an archive', () => {
  it('is written as the format has it, byte for byte', () => {
    const [local, , central, end] = zipChunks([part('ab')]).map((chunk) => [...chunk]);
    // signature, version 2.0, names in UTF-8, stored, 1980-01-01, checksum, sizes, length of the name
    const common = [0, 8, 0, 0, 0, 0, 0x21, 0, 7, 0, 0, 0, 5, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0];
    expect(local).toEqual([0x50, 0x4b, 3, 4, 20, 0, ...common, 97, 98]);
    expect(central).toEqual([0x50, 0x4b, 1, 2, 20, 0, 20, 0, ...common, ...Array(14).fill(0), 97, 98]);
    expect(end).toEqual([0x50, 0x4b, 5, 6, 0, 0, 0, 0, 1, 0, 1, 0, 48, 0, 0, 0, 37, 0, 0, 0, 0, 0]);
  });

  it('may begin each file at a multiple of some bytes, after a field without meaning', async () => {
    const bytes = joined(zipChunks([part('ab'), part('c')], 64));
    // 30 + 2 bytes of the first head, a field of 4 + 28; 69 + 30 + 1 of the second, a field of 4 + 24
    expect((await entriesOf(bytes)).map(({ start }) => start)).toEqual([64, 128]);
    expect([...bytes.subarray(28, 36)]).toEqual([32, 0, 97, 98, 0x46, 0x42, 28, 0]);
    expect([...bytes.subarray(69 + 28, 69 + 35)]).toEqual([28, 0, 99, 0x46, 0x42, 24, 0]);
    const [first, second] = await entriesOf(joined(zipChunks([part('ab'), part('c')], 8)));
    expect([first!.start, second!.start]).toEqual([32, 72]);
    expect(joined(zipChunks([part('ab')], 32)).slice(28, 37)).toEqual(Uint8Array.of(0, 0, 97, 98, ...content));
  });

  it('lists its files', async () => {
    const expected = [
      { name: 'a', method: 0, crc: 7, size: 5, start: 31, compressedSize: 5 },
      { name: 'füür', method: 0, crc: 7, size: 5, start: head + 36, compressedSize: 5 },
    ];
    expect(await entriesOf(two)).toEqual(expected);
    await expect(entriesOf(new Uint8Array(21))).rejects.toThrow('directory at the end');
    expect(await entriesOf(joined(zipChunks([])))).toEqual([]);
  });

  it.each<[what: string, edit: (view: DataView) => void, message: RegExp]>([
    ['an encrypted entry', (v) => v.setUint16(directory + 8, 0x801, true), /encrypted entry a/],
    ['another method', (v) => v.setUint16(directory + 10, 9, true), /a compressed by method 9/],
    ['another signature', (v) => v.setUint8(directory, 0x51), /damaged zip directory/],
    ['another signature of the second', (v) => v.setUint8(directory + 47, 0x51), /damaged zip directory/],
    ['a name beyond the directory', (v) => v.setUint16(directory + 47 + 28, 7, true), /damaged zip directory/],
    ['a field beyond the directory', (v) => v.setUint16(directory + 47 + 30, 1, true), /damaged zip directory/],
    ['a comment beyond the directory', (v) => v.setUint16(directory + 47 + 32, 1, true), /damaged zip directory/],
    ['a place beyond the end', (v) => v.setUint32(directory + 42, v.byteLength - 29, true), /has lost its entry a/],
    ['a place of nothing', (v) => v.setUint32(directory + 42, 1, true), /has lost its entry a/],
    ['a directory of other size', (v) => v.setUint32(v.byteLength - 10, 98, true), /damaged zip directory/],
    ['a directory elsewhere', (v) => v.setUint32(v.byteLength - 6, directory + 1, true), /damaged zip directory/],
    ['more files than fit', (v) => v.setUint16(v.byteLength - 12, 3, true), /damaged zip directory/],
    [
      'a size that stored bytes have not',
      (v) => v.setUint32(directory + 24, 6, true),
      /a has 6 bytes, which its 5 cannot/,
    ],
    ['bytes that reach into the directory', (v) => v.setUint32(directory + 20, 52, true), /cut off within a/],
  ])('is refused with %s', async (_, edit, message) => {
    await expect(entriesOf(changed(two, edit))).rejects.toThrow(message);
  });

  it('is refused with two files of one name', async () => {
    await expect(entriesOf(joined(zipChunks([part('a'), part('a')])))).rejects.toThrow('two entries a');
  });

  it('may inflate to so much, by the ratio of deflate and by the limit', async () => {
    const ratio = (size: number) =>
      changed(two, (v) => {
        v.setUint16(directory + 10, 8, true);
        v.setUint32(directory + 24, size, true);
      });
    expect((await entriesOf(ratio(5 * 1032 + 64), 1e5))[0]!.size).toBe(5224);
    await expect(entriesOf(ratio(5 * 1032 + 65), 1e5)).rejects.toThrow('cannot hold');
    expect(await entriesOf(two, 10)).toHaveLength(2);
    await expect(entriesOf(two, 9)).rejects.toThrow('inflates to more than the 9 bytes');
  });
});

it('is written as zip64 where there are 65535 files and more', () => {
  const parts = Array.from({ length: 65_535 }, (_, i) => ({ ...part(`${i}`), compressed: [], size: 0 }));
  const few = zipChunks(parts.slice(1));
  expect([few.length, few.at(-1)!.slice(8, 12)]).toEqual([2 * 65_534 + 1, Uint8Array.of(0xfe, 0xff, 0xfe, 0xff)]);
  const many = zipChunks(parts);
  const [end64, end] = many.slice(-2) as [Uint8Array, Uint8Array];
  expect([many.length, end.slice(8, 12)]).toEqual([2 * 65_535 + 2, Uint8Array.of(0xff, 0xff, 0xff, 0xff)]);
  const view = new DataView(end64.buffer);
  const offset = parts.reduce((sum, { name }) => sum + 30 + name.length, 0);
  const size = offset + 16 * parts.length;
  expect([4, 24, 32, 40, 48, 64].map((at) => Number(view.getBigUint64(at, true)))).toEqual([
    44,
    65_535,
    65_535,
    size,
    offset,
    offset + size,
  ]);
  expect([0, 12, 56, 60, 72].map((at) => view.getUint32(at, true))).toEqual([
    0x06064b50,
    45 + 45 * 65_536,
    0x07064b50,
    0,
    1,
  ]);
});

it('reads the arrays that are asked for, and tells of a damaged one only then', async () => {
  const arrays = { a: { data: Uint8Array.of(1), shape: [1] }, b: { data: Uint8Array.of(2), shape: [1] } };
  const zip = await writeNpz(arrays);
  const only = async (...names: string[]) => [...(await readNpz(zip, { only: names })).keys()];
  expect([await only('b'), await only('a', 'b'), await only('c')]).toEqual([['b'], ['a', 'b'], []]);
  // The checksum of the first array.
  const central = zip.length - 22 - 2 * (46 + 5);
  const damaged = changed(zip, (v) => v.setUint32(central + 16, 1, true));
  expect([...(await readNpz(damaged, { only: ['b'] })).keys()]).toEqual(['b']);
  await expect(readNpz(damaged)).rejects.toThrow('wrong checksum for a.npy');
  // Files that are not arrays are skipped, whatever their names.
  const npy = encodeNpy({ data: Uint8Array.of(3), shape: [1] });
  const named = { method: 0, crc: crc32(npy), size: npy.length, compressed: [npy] };
  const mixed = joined(
    zipChunks([
      { ...named, name: 'c.npy' },
      { ...named, name: 'c.npyx' },
      { ...named, name: 'npy' },
    ]),
  );
  expect([...(await readNpz(mixed)).keys()]).toEqual(['c']);
});
