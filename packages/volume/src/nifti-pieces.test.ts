import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readNifti } from './read-nifti.ts';
import { splitNifti4D } from './split-nifti.ts';
import { writeNifti } from './write-nifti.ts';

const geometry = {
  spacing: [3, 2, 1],
  origin: [10, 20, 30],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
} as const;
const small = writeNifti({ ...geometry, shape: [1, 2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
const large = writeNifti({ ...geometry, shape: [3, 7, 11], data: Float32Array.from({ length: 231 }, (_, i) => i * i) });
/** With 30 bytes between header and voxels, and some after the voxels. */
const moved = new Uint8Array(large.length + 37);
moved.set(large.subarray(0, 348));
moved.set(large.subarray(352), 382);
moved.fill(9, 382 + 4 * 231);
new DataView(moved.buffer).setFloat32(108, 382, true);

/** Reads bytes as if they were inflated in pieces of these lengths, over and over. */
async function inPieces(bytes: Uint8Array, lengths: readonly number[]) {
  async function* inflate() {
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const length = lengths[i % lengths.length]!;
      yield bytes.subarray(at, at + length);
      at += length;
    }
  }
  return readNifti(Uint8Array.of(0x1f, 0x8b, 8, ...new Uint8Array(1000)), { where: 'x.nii.gz', inflate });
}

describe.each([
  ['smaller than any head', small],
  ['larger', large],
  ['with a gap and a tail', moved],
])('a compressed image %s', (_, bytes) => {
  it.each([[1], [100], [347, 1, 4], [351], [352], [380], [382, 1], [543], [544], [545], [600, 3], [2000], [540, 900]])(
    'is read from pieces of %i bytes',
    async (...lengths) => {
      expect(await inPieces(bytes, lengths)).toEqual(await readNifti(bytes));
    },
  );

  it('is refused where its last voxel is cut', async () => {
    const end = bytes === moved ? moved.length - 37 + 30 : bytes.length;
    const cut = bytes.subarray(0, end - 1);
    await expect(inPieces(cut, [100])).rejects.toThrow(`need ${end} bytes, it has ${end - 1}`);
    expect((await inPieces(bytes.subarray(0, end), [100])).data).toEqual((await readNifti(bytes)).data);
  });
});

it('may hold no more than deflate can shrink', async () => {
  // A header of n voxels of one byte, compressed into c bytes, promises 352 + n of at most 1032 c bytes.
  const promises = async (voxels: number, compressed: number) => {
    const head = Uint8Array.from(writeNifti({ ...geometry, shape: [1, 1, 1], data: new Uint8Array(1) }));
    new DataView(head.buffer).setInt16(42, voxels, true);
    async function* inflate() {
      yield head.subarray(0, 352);
      yield new Uint8Array(voxels);
    }
    return readNifti(Uint8Array.of(0x1f, 0x8b, ...new Uint8Array(compressed - 2)), { inflate });
  };
  expect((await promises(1032 * 20 - 352, 20)).shape).toEqual([1, 1, 1032 * 20 - 352]);
  await expect(promises(1032 * 20 - 351, 20)).rejects.toThrow(/claims to have 20289 bytes of voxels, more than its 20/);
});

it('tells a compressed file by its first two bytes', async () => {
  await expect(readNifti(Uint8Array.of(0x1f, 0x8b))).rejects.toThrow('2 bytes, too few');
  await expect(readNifti(Uint8Array.of(0x1f, 0x8b, 8))).rejects.toThrow('cannot be decompressed');
  for (const at of [0, 1]) {
    const other = Uint8Array.from(gzipSync(small));
    other[at]! ^= 1;
    await expect(readNifti(other)).rejects.toThrow(/too few|not a NIfTI/);
  }
});

it('passes an error of its own on', async () => {
  // biome-ignore lint/correctness/useYield: it fails before
  async function* inflate(): AsyncGenerator<Uint8Array> {
    throw Object.assign(new Error('mine'), { nnunet: true });
  }
  await expect(readNifti(Uint8Array.of(0x1f, 0x8b, 8), { inflate })).rejects.toThrow(/^mine$/);
});

/** A little-endian NIfTI-2 file and its values. */
function secondVersion() {
  const cases: { name: string; file: string; values: number[] }[] = JSON.parse(
    readFileSync(new URL('../fixtures/pixels.json', import.meta.url), 'utf8'),
  );
  const { file, values } = cases.find(({ name }) => /NIfTI-2 little/.test(name))!;
  return { bytes: new Uint8Array(gunzipSync(Buffer.from(file, 'base64'))), values };
}

it('splits a NIfTI-2 file with an extension into files without it', async () => {
  const { bytes, values } = secondVersion();
  const extended = new Uint8Array(bytes.length + 32);
  extended.set(bytes.subarray(0, 544));
  extended.fill(9, 540, 576);
  extended.set(bytes.subarray(544), 576);
  const view = new DataView(extended.buffer);
  view.setBigInt64(168, 576n, true);
  // The slices along z become steps of time.
  const slices = view.getBigInt64(40, true);
  view.setBigInt64(16, 4n, true);
  view.setBigInt64(40, 1n, true);
  view.setBigInt64(48, slices, true);
  const steps = await splitNifti4D(extended);
  expect(steps).toHaveLength(Number(slices));
  const voxels = await Promise.all(steps.map(async (step) => [...(await readNifti(step)).data]));
  expect(voxels.flat()).toEqual(values);
});

it('keeps extension bytes of a NIfTI-2 file out of its voxels', async () => {
  const { bytes, values } = secondVersion();
  const view = new DataView(bytes.buffer);
  // An offset within the header counts as none.
  for (const offset of [0n, 1n, 539n, 544n]) {
    view.setBigInt64(168, offset, true);
    expect([...(await readNifti(bytes)).data]).toEqual(values);
  }
});
