import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { TypedArray } from '@nnunet/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ImageGeometry } from './nifti-geometry.ts';
import { readNifti, readNiftiGeometry, readNiftiLabels } from './read-nifti.ts';
import type { Triple } from './volume.ts';
import { niftiPieces, writeNifti, writeNiftiLabels } from './write-nifti.ts';

const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));

/** Bytes of a header that a written file may change: dim, datatype, bitpix, vox_offset, scl_slope, scl_inter. */
const replaced = [
  [40, 56],
  [70, 74],
  [108, 120],
] as const;

describe('with the header of a file', () => {
  it.each(['hippocampus_165.nii.gz', 'aniso_10102_label.nii.gz'])('keeps every other byte: %s', async (name) => {
    const original = gunzipSync(fixture(name));
    const image = await readNifti(original);
    const labels = Uint8Array.from(image.data, (_, i) => i % 3);
    const file = writeNiftiLabels(labels, image);
    expect(file.length).toBe(352 + labels.length);
    for (let i = 0; i < 348; i++) {
      if (!replaced.some(([from, to]) => i >= from && i < to)) expect([i, file[i]]).toEqual([i, original[i]]);
    }
    const back = await readNiftiLabels(file);
    expect(back.data).toEqual(labels);
    expect([back.shape, back.spacing, back.origin, back.direction]).toEqual([
      image.shape,
      image.spacing,
      image.origin,
      image.direction,
    ]);
  });

  it('writes an unchanged label map byte for byte, but for the slope', async () => {
    const original = new Uint8Array(gunzipSync(fixture('hippocampus_165_label.nii.gz')));
    const written = writeNifti(await readNiftiLabels(original));
    const view = new DataView(original.buffer);
    view.setFloat32(112, 1, true);
    view.setFloat32(116, 0, true);
    expect(view.getFloat32(108, true)).toBe(352);
    expect(Buffer.compare(written, original)).toBe(0);
  });

  it('keeps the byte order and version of the file', async () => {
    const cases: { name: string; file: string }[] = JSON.parse(fixture('pixels.json').toString());
    for (const { name, file } of cases) {
      const volume = await readNifti(Buffer.from(file, 'base64'));
      const written = writeNifti(volume);
      expect(new DataView(written.buffer).getUint32(0, true), name).toBe(
        { 'NIfTI-1 little': 348, 'NIfTI-2 little': 540, 'NIfTI-1 big': 0x5c010000, 'NIfTI-2 big': 0x1c020000 }[
          name.replace(/^\w+ /, '')
        ],
      );
      const back = await readNifti(written);
      expect(back.data).toEqual(volume.data);
      expect(back.origin).toEqual(volume.origin);
    }
  });

  it.each([
    ['spacing', { spacing: [2, 1, 1] }],
    ['origin', { origin: [1, 2, 3] }],
    ['direction', { direction: [0, 1, 0, 1, 0, 0, 0, 0, 1] }],
  ] as const)('makes a new header where the geometry has another %s', async (_, other) => {
    const image = { ...(await readNifti(fixture('hippocampus_165.nii.gz'))), ...other };
    const back = await readNifti(writeNifti(image as never));
    for (const part of ['spacing', 'origin', 'direction'] as const) expect(back[part], part).toEqual(image[part]);
  });
});

describe('without a header', () => {
  const headers: { spacing: number[]; origin: number[]; direction: number[]; header: string }[] = JSON.parse(
    fixture('itk-headers.json').toString(),
  );

  it.each(headers)('places an image as ITK does ($#)', ({ spacing, origin, direction, header }) => {
    const expected = new DataView(Uint8Array.from(Buffer.from(header, 'base64')).buffer);
    const geometry = {
      shape: [6, 5, 4],
      spacing: spacing.reverse() as unknown as Triple,
      origin: origin as unknown as Triple,
      direction,
    } as const;
    const written = new DataView(writeNifti({ ...geometry, data: new Uint8Array(120) }).buffer);
    // quaternions b, c, d and −b, −c, −d turn alike where a = 0
    const sign = Math.abs(quaternionA(expected)) < 1e-3 && dot(expected, written) < 0 ? -1 : 1;
    for (let at = 0; at < 348; at++) {
      const isFloat = (at >= 76 && at < 92) || (at >= 256 && at < 328);
      if (isFloat && at % 4 === 0) {
        const value = written.getFloat32(at, true) * (at >= 256 && at < 268 ? sign : 1);
        const other = expected.getFloat32(at, true);
        // ITK finds the quaternion in single precision: near half a turn that costs digits
        const allowed = at >= 256 && at < 268 ? 1e-3 : 2e-6 * Math.max(1, Math.abs(other));
        expect(Math.abs(value - other), `byte ${at}`).toBeLessThan(allowed);
      } else if (!isFloat) expect([at, written.getUint8(at)]).toEqual([at, expected.getUint8(at)]);
    }
  });

  function quaternionA(view: DataView): number {
    return Math.sqrt(Math.max(0, 1 - dot(view, view)));
  }

  function dot(a: DataView, b: DataView): number {
    return [256, 260, 264].reduce((sum, at) => sum + a.getFloat32(at, true) * b.getFloat32(at, true), 0);
  }

  const mm = fc.float({ min: Math.fround(0.05), max: 20, noNaN: true });
  const place = fc.float({ min: -500, max: 500, noNaN: true });
  const component = fc.double({ min: -1, max: 1, noNaN: true });
  const quaternion = fc.tuple(component, component, component, component).filter((q) => Math.hypot(...q) > 0.1);

  it('comes back for any orientation, by matrix and by quaternion', () => {
    fc.assert(
      fc.property(
        fc.tuple(mm, mm, mm),
        fc.tuple(place, place, place),
        quaternion,
        fc.boolean(),
        (spacing, origin, q, mirrored) => {
          const norm = Math.hypot(...q);
          const [a, b, c, d] = [q[0] / norm, q[1] / norm, q[2] / norm, q[3] / norm];
          const turn = mirrored ? -1 : 1;
          const direction = [
          a * a + b * b - c * c - d * d, 2 * (b * c - a * d), turn * 2 * (b * d + a * c),
          2 * (b * c + a * d), a * a + c * c - b * b - d * d, turn * 2 * (c * d - a * b),
          2 * (b * d - a * c), 2 * (c * d + a * b), turn * (a * a + d * d - c * c - b * b),
        ]; // biome-ignore format: a matrix
          const geometry: ImageGeometry = { shape: [1, 2, 3], spacing, origin, direction };
          const file = writeNiftiLabels(Uint8Array.of(1, 2, 3, 4, 5, 6), geometry);
          const byQuaternion = file.slice();
          new DataView(byQuaternion.buffer).setInt16(254, 0, true);
          for (const [bytes, tolerance] of [
            [file, 1e-6],
            [byQuaternion, 2e-3],
          ] as const) {
            const back = readNiftiGeometry(bytes);
            expect(back.shape).toEqual([1, 2, 3]);
            expect(back.spacing).toEqual(spacing);
            expect(back.origin.map((x) => x + 0)).toEqual(origin.map((x) => x + 0));
            for (let i = 0; i < 9; i++) expect(Math.abs(back.direction[i]! - direction[i]!)).toBeLessThan(tolerance);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('keeps voxels of every type', async () => {
    const arrays: TypedArray[] = [
      Uint8Array.of(0, 255), Int8Array.of(-128, 127), Int16Array.of(-32768, 32767), Uint16Array.of(0, 65535),
      Int32Array.of(-(2 ** 24), 2 ** 24), Uint32Array.of(0, 2 ** 31), Float32Array.of(0.1, -1e30), Float64Array.of(0.5, 3),
      BigInt64Array.of(-5n, 2n ** 40n),
    ]; // biome-ignore format: a table
    for (const data of arrays) {
      const geometry = {
        shape: [1, 1, 2],
        spacing: [1, 1, 1],
        origin: [0, 0, 0],
        direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
      } as const;
      expect([...(await readNifti(writeNifti({ ...geometry, data }))).data]).toEqual(Array.from(data, Number));
    }
  });

  it('refuses what does not fit', () => {
    const geometry = { spacing: [1, 1, 1], origin: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] } as const;
    expect(() => writeNifti({ ...geometry, shape: [1, 1, 3], data: new Uint8Array(2) })).toThrow(
      /does not fit 2 voxels/,
    );
    expect(() => writeNifti({ ...geometry, shape: [1, 1, 40000], data: new Uint8Array(40000) })).toThrow(/32767/);
  });
});

it('gives voxels of more than 4 GiB in pieces, and refuses to read so many by what is wrong', async () => {
  const shape = [300, 2000, 2000] as const;
  const data = new Float32Array(1_200_000_000);
  const geometry = { spacing: [1, 1, 1], origin: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] } as const;
  const [head, ...pieces] = niftiPieces({ ...geometry, shape, data } as never);
  let at = 0;
  for (const piece of pieces) {
    expect([piece.buffer === data.buffer, piece.byteOffset]).toEqual([true, at]);
    at += piece.length;
  }
  expect(at).toBe(4_800_000_000);
  // with enough noise behind it that the size could be true
  const noise = Uint8Array.from({ length: 5e6 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 23);
  const gz = gzipSync(Buffer.concat([head!, noise]), { level: 0 });
  await expect(readNifti(gz, { where: 'x.nii' })).rejects.toThrow(/x\.nii.*2000 x 2000 x 300.* more than the 4 GiB/s);
});
