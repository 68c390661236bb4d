import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { isNnUNetError } from '@nnunet/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNifti, readNiftiGeometry, readNiftiLabels } from './read-nifti.ts';
import { splitNifti4D } from './split-nifti.ts';

const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
const hippocampus = fixture('hippocampus_165.nii.gz');
const plain = gunzipSync(fixture('hippocampus_165_label.nii.gz'));

async function problem(
  bytes: Uint8Array,
  read: (b: Uint8Array, o: { where: string }) => Promise<unknown> = readNifti,
): Promise<string> {
  try {
    await read(bytes, { where: 'case.nii.gz' });
    return 'read';
  } catch (error) {
    if (!isNnUNetError(error, 'bad-nifti') || error.where !== 'case.nii.gz' || !error.remedy)
      return `untyped: ${error}`;
    return error.message;
  }
}

/** The plain label file with other bytes at some place. */
function changed(edit: (view: DataView) => void): Uint8Array {
  const bytes = Uint8Array.from(plain);
  edit(new DataView(bytes.buffer));
  return bytes;
}

describe('readNifti', () => {
  const pixels: { name: string; file: string; values: number[]; spacing: number[]; origin: number[] }[] = JSON.parse(
    fixture('pixels.json').toString(),
  );

  it.each(pixels)('reads $name-endian, compressed and plain', async ({ file, values, spacing, origin }) => {
    const compressed = Buffer.from(file, 'base64');
    for (const bytes of [compressed, gunzipSync(compressed)]) {
      const volume = await readNifti(bytes);
      expect(volume.shape).toEqual([4, 3, 2]);
      expect([...volume.data]).toEqual(values);
      expect(volume.spacing).toEqual(spacing);
      expect(volume.origin).toEqual(origin);
      const labels = await readNiftiLabels(bytes);
      expect([...labels.data]).toEqual(values);
      expect(labels.data.constructor).toBe(values[0]! < 0 ? Int16Array : Uint8Array);
    }
  });

  it('reads a real image whose slope is NaN', async () => {
    const { data, shape, spacing, origin, direction } = await readNifti(hippocampus);
    expect({ shape, spacing, origin, direction }).toEqual({
      shape: [29, 49, 34],
      spacing: [1, 1, 1],
      origin: [-1, -1, 1],
      direction: [-1, 0, 0, 0, -1, 0, 0, 0, 1],
    });
    expect(data.every(Number.isFinite)).toBe(true);
  });

  it('applies slope and intercept, unless the slope is 0 or NaN', async () => {
    const scaled = (slope: number, intercept: number) =>
      readNifti(
        changed((view) => {
          view.setFloat32(112, slope, true);
          view.setFloat32(116, intercept, true);
        }),
      );
    const at = plain.subarray(352).indexOf(2);
    expect((await scaled(0.1, -3)).data[at]).toBe(Math.fround(Math.fround(0.1) * 2 - 3));
    expect((await scaled(0, 5)).data[at]).toBe(2);
    expect((await scaled(Number.NaN, 5)).data[at]).toBe(2);
    expect((await scaled(3, Number.NaN)).data[at]).toBe(6);
    expect((await scaled(1, 0.5)).data[at]).toBe(2.5);
  });

  // nifti_io: `if (dim[ii] <= 0) dim[ii] = 1` for the axes that dim[0] counts, but for the first
  it('counts sizes of 0 beyond the first as 1', async () => {
    const four = await readNifti(
      changed((view) => {
        view.setInt16(40, 4, true);
        view.setInt16(48, 0, true);
      }),
    );
    expect(four).toEqual(await readNifti(plain).then((v) => ({ ...v, niftiHeader: four.niftiHeader })));
    const five = changed((view) => {
      view.setInt16(40, 5, true);
      view.setInt16(48, 0, true);
      view.setInt16(50, -1, true);
    });
    expect((await readNifti(five)).shape).toEqual(four.shape);
    const flat = changed((view) => view.setInt16(46, 0, true));
    expect((await readNifti(flat)).shape[0]).toBe(1);
  });

  it('does not change with the bytes it was given', async () => {
    const bytes = Uint8Array.from(plain);
    const { data, niftiHeader } = await readNiftiLabels(bytes);
    const before = [data[5000], niftiHeader![40]];
    bytes.fill(9);
    expect([data[5000], niftiHeader![40]]).toEqual(before);
  });

  it('keeps labels that are not integers, to be refused by name later', async () => {
    const { data } = await readNiftiLabels(
      changed((view) => {
        view.setFloat32(112, 0.5, true);
        view.setFloat32(116, 0, true);
      }),
    );
    expect(data).toBeInstanceOf(Float32Array);
    expect([...new Set(data)].sort()).toEqual([0, 0.5, 1]);
  });
});

describe('damaged files', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /0 bytes, too few/],
    ['text', new TextEncoder().encode('x'.repeat(400)), /is not a NIfTI image\n.*the extension of that format/],
    ['a cut .nii', plain.subarray(0, 5000), /is cut off: its \d+ x \d+ x \d+ x 1 voxels need/],
    ['a cut .nii.gz', hippocampus.subarray(0, 20000), /cannot be decompressed/],
    ['a .nii.gz cut within its head', hippocampus.subarray(0, 12), /cannot be decompressed/],
    ['a cut file compressed', gzipSync(plain.subarray(0, 5000)), /is cut off/],
    [
      'a wrong check sum',
      Uint8Array.from(hippocampus, (b, i) => (i === hippocampus.length - 6 ? b ^ 255 : b)),
      /cannot be decompressed/,
    ],
    ['half a pair', changed((v) => v.setUint8(345, 0x69)), /pair of \.hdr and \.img/],
    ['Analyze', changed((v) => v.setUint32(344, 0)), /Analyze/],
    ['no axes', changed((v) => v.setInt16(40, 0, true)), /0 axes/],
    ['a negative size', changed((v) => v.setInt16(42, -3, true)), /impossible size/],
    ['a first size of 0', changed((v) => v.setInt16(42, 0, true)), /impossible size/],
    ['a huge size', changed((v) => [42, 44, 46].map((at) => v.setInt16(at, 32767, true))), /is cut off/],
    ['RGB', changed((v) => v.setInt16(70, 128, true)), /RGB/],
    ['an unknown type', changed((v) => v.setInt16(70, 77, true)), /unknown data type 77/],
    ['vectors', changed((v) => [40, 50].map((at) => v.setInt16(at, 5, true))), /several values/],
    ['a NaN offset', changed((v) => v.setFloat32(108, Number.NaN, true)), /impossible voxel offset/],
    ['a huge offset', changed((v) => v.setFloat32(108, 1e30, true)), /impossible voxel offset/],
    ['a far offset', changed((v) => v.setFloat32(108, 1e7, true)), /is cut off/],
    ['a NaN spacing', changed((v) => v.setFloat32(80, Number.NaN, true)), /impossible spacing/],
    ['an infinite origin', changed((v) => v.setFloat32(292, Infinity, true)), /impossible position/],
  ])('are refused: %s', async (_, bytes, message) => {
    for (const read of [readNifti, readNiftiLabels]) {
      const said = await problem(bytes, read);
      expect(said).toMatch(message);
      expect(said).toMatch(/^case\.nii\.gz: /);
    }
  });

  it('are refused before memory is taken: a compressed file that claims 35 TB', async () => {
    const bomb = gzipSync(changed((v) => [42, 44, 46].map((at) => v.setInt16(at, 32767, true))));
    expect(await problem(bomb)).toMatch(/more than its \d+ compressed bytes can hold/);
  });

  it('answer any damage with an image or a typed error', async () => {
    const small = Uint8Array.from(Buffer.from(JSON.parse(fixture('pixels.json').toString())[13].file, 'base64'));
    const opened = new Uint8Array(gunzipSync(small));
    const edits = fc.array(fc.tuple(fc.nat(359), fc.nat(255)), { minLength: 1, maxLength: 6 });
    let read = 0;
    await fc.assert(
      fc.asyncProperty(edits, fc.nat(3), fc.nat(opened.length), async (changes, kind, cut) => {
        let bytes = Uint8Array.from(kind === 1 ? small : opened);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        if (kind === 2) bytes = bytes.subarray(0, cut);
        if (kind === 3) bytes = new Uint8Array(gzipSync(bytes, { level: 1 }));
        const answer = await problem(bytes);
        if (answer === 'read') read++;
        else expect(answer).toMatch(/^case\.nii\.gz: /);
      }),
      { numRuns: 2000 },
    );
    expect(read).toBeGreaterThan(100);
    expect(read).toBeLessThan(1900);
  });
});

describe('splitNifti4D', () => {
  const whole = changed((view) => {
    view.setInt16(40, 4, true);
    view.setInt16(46, 7, true);
    view.setInt16(48, 2, true);
    view.setFloat32(112, 2, true);
    view.setFloat32(116, 1, true);
  });
  const step = 7 * new DataView(whole.buffer).getInt16(42, true) * new DataView(whole.buffer).getInt16(44, true);

  it('gives one file per time step, type and position kept', async () => {
    const files = await splitNifti4D(gzipSync(whole));
    expect(files).toHaveLength(2);
    const original = await readNiftiLabels(plain);
    for (const [t, file] of files.entries()) {
      expect(file.length).toBe(352 + step);
      expect(file.subarray(352)).toEqual(whole.subarray(352 + t * step, 352 + (t + 1) * step));
      const volume = await readNifti(file);
      expect(volume.shape).toEqual([7, original.shape[1], original.shape[2]]);
      expect([volume.origin, volume.spacing, volume.direction]).toEqual([
        original.origin,
        original.spacing,
        original.direction,
      ]);
      expect(volume.data[0]).toBe(whole[352 + t * step]! * 2 + 1);
    }
  });

  it('is what readers of one image ask for', async () => {
    expect(await problem(whole)).toMatch(/four axes: 2 images of .*\n.*nnUNet_convert_decathlon_task/);
    expect(await splitNifti4D(plain)).toHaveLength(1);
  });
});

it('reads a position from the first bytes', async () => {
  const { data: _, ...geometry } = await readNiftiLabels(plain);
  expect(readNiftiGeometry(plain.subarray(0, 348))).toEqual(geometry);
});
