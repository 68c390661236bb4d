import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { elements, file, number, type Part } from '../node/dicom-bytes.fixture.ts';
import { readImage } from '../node/index.ts';
import { floatVoxels } from '../stored-voxels.ts';
import { decodeDicomSeries } from './decode-dicom.ts';

const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url));

const filesOf = (folder: string) =>
  readdirSync(folder).map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name))) }));

/** What ITK reads from a folder, and what is decoded here. */
async function both(folder: string) {
  const { data, ...geometry } = await readImage(`${folder}/`);
  const decoded = decodeDicomSeries(filesOf(folder), folder);
  return { itk: { ...geometry, data: floatVoxels(data) }, own: { ...decoded, data: floatVoxels(decoded.data) } };
}

/** Requires the same voxels, and the same geometry but for rounding in cosines, and thus in distances along them. */
function expectSame({ itk, own }: Awaited<ReturnType<typeof both>>): void {
  const near = (numbers: readonly number[]) => numbers.map((value) => expect.closeTo(value, 14) as number);
  expect(own).toEqual({ ...itk, direction: near(itk.direction), spacing: near(itk.spacing) });
}

it.each(['dicom_ct', 'dicom_slopes'])('decodes %s as ITK does', async (name) => {
  expectSame(await both(join(fixtures, name)));
});

it.each(['dicom_frames', 'dicom_tilted', 'dicom_two_series'])('refuses %s as ITK does', async (name) => {
  const folder = join(fixtures, name);
  const fault = await readImage(`${folder}/`).catch((error: Error) => error.message);
  expect(() => decodeDicomSeries(filesOf(folder), `${folder}/`)).toThrow(fault as string);
});

interface Variant {
  syntax?: string;
  storage?: string;
  bits?: [allocated: number, stored: number, high: number];
  signed?: boolean;
  slope?: string;
  intercept?: string;
  photometry?: string;
  orientation?: string;
  /** '' leaves it out. */
  pixelSpacing?: string;
  /** Declared distance of slices. */
  distance?: string;
  /** Further elements before the pixels. */
  more?: readonly Part[];
}

/** A file of one slice of 2 x 3 pixels. */
function slice({
  syntax = '1.2.840.10008.1.2.1',
  storage = '2',
  bits = [16, 16, 15],
  signed = false,
  slope,
  intercept,
  photometry = 'MONOCHROME2',
  orientation = '1\\0\\0\\0\\0.8\\0.6',
  pixelSpacing = '0.7\\0.3',
  distance,
  more = [],
}: Variant) {
  const text = (tag: [number, number], vr: string, value: string): Part => ({
    tag,
    vr,
    value: Buffer.from(value.length % 2 === 0 ? value : `${value}${vr === 'UI' ? '\0' : ' '}`),
  });
  return withMeta(
    storage,
    file(syntax, (little) => {
      const short = (tag: [number, number], n: number): Part => ({ tag, vr: 'US', value: number(n, little) });
      const values = [0x0001, 0x8fff, 0x7ffe, 0xff80, 0xff55, 0xffff];
      const pixels =
        bits[0] === 8 ? Buffer.from(values.map((n) => n & 255)) : Buffer.concat(values.map((n) => number(n, little)));
      return [
        text([8, 0x16], 'UI', `1.2.840.10008.5.1.4.1.1.${storage}`),
        text([8, 0x18], 'UI', '1.2.3'),
        text([0x18, 0x50], 'DS', '2'),
        ...(distance === undefined ? [] : [text([0x18, 0x88], 'DS', distance)]),
        text([0x20, 0xe], 'UI', '1.2.5'),
        text([0x20, 0x32], 'DS', '-10.5\\20.25\\3'),
        text([0x20, 0x37], 'DS', orientation),
        short([0x28, 2], 1),
        text([0x28, 4], 'CS', photometry),
        short([0x28, 0x10], 2),
        short([0x28, 0x11], 3),
        ...(pixelSpacing === '' ? [] : [text([0x28, 0x30], 'DS', pixelSpacing)]),
        short([0x28, 0x100], bits[0]),
        short([0x28, 0x101], bits[1]),
        short([0x28, 0x102], bits[2]),
        short([0x28, 0x103], signed ? 1 : 0),
        ...(intercept === undefined ? [] : [text([0x28, 0x1052], 'DS', intercept)]),
        ...(slope === undefined ? [] : [text([0x28, 0x1053], 'DS', slope)]),
        ...more,
        ...(syntax === RLE
          ? inRle(pixels, bits[0] / 8)
          : [{ tag: [0x7fe0, 0x10], vr: 'OW', value: pixels } satisfies Part]),
      ];
    }),
  );
}

const RLE = '1.2.840.10008.1.2.5';

/** Pixels in RLE: a run of two or more equal bytes, or one byte as it is. */
function inRle(pixels: Buffer, width: number): Part[] {
  const segments = Array.from({ length: width }, (_, segment) => {
    const bytes = [...pixels].filter((_, i) => i % width === width - 1 - segment);
    const packed: number[] = [];
    for (let at = 0; at < bytes.length; ) {
      let length = 1;
      while (at + length < bytes.length && bytes[at + length] === bytes[at]) length++;
      packed.push(length > 1 ? 257 - length : 0, bytes[at]!);
      at += length;
    }
    // Nothing, which is skipped, for an even length.
    return Buffer.from(packed.length % 2 === 0 ? packed : [128, ...packed]);
  });
  const head = Buffer.alloc(64);
  head.writeUInt32LE(width);
  let at = head.length;
  for (const [i, { length }] of segments.entries()) {
    head.writeUInt32LE(at, 4 + 4 * i);
    at += length;
  }
  return [
    { tag: [0x7fe0, 0x10], vr: 'OB', length: 0xffffffff },
    { tag: [0xfffe, 0xe000], vr: '' },
    { tag: [0xfffe, 0xe000], vr: '', value: Buffer.concat([head, ...segments]) },
    { tag: [0xfffe, 0xe0dd], vr: '' },
  ];
}

/** The file with the class of its object in its own group, which ITK wants. */
function withMeta(storage: string, bytes: Buffer): Buffer {
  const uid = (value: string) => Buffer.from(value.length % 2 === 0 ? value : `${value}\0`);
  const meta = elements([
    { tag: [2, 2], vr: 'UI', value: uid(`1.2.840.10008.5.1.4.1.1.${storage}`) },
    { tag: [2, 3], vr: 'UI', value: uid('1.2.3') },
  ]);
  const rest = bytes.subarray(132);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length + 8 + rest.readUInt16LE(6));
  return Buffer.concat([bytes.subarray(0, 132), elements([{ tag: [2, 0], vr: 'UL', value: length }]), meta, rest]);
}

const variants: Record<string, Variant> = {
  plain: {},
  signed: { signed: true },
  'big endian': { syntax: '1.2.840.10008.1.2.2', signed: true },
  implicit: { syntax: '1.2.840.10008.1.2' },
  '12 bits': { bits: [16, 12, 11] },
  'signed 12 bits': { bits: [16, 12, 11], signed: true },
  bytes: { bits: [8, 8, 7] },
  RLE: { syntax: RLE, slope: '2', intercept: '-7' },
  'bytes in RLE': { syntax: RLE, bits: [8, 8, 7] },
  'signed 12 bits in RLE': { syntax: RLE, bits: [16, 12, 11], signed: true },
  'rescaled CT': { signed: true, slope: '2', intercept: '-1024' },
  'finely rescaled CT': { signed: true, slope: '0.37', intercept: '-10.1' },
  'rescaled MR': { storage: '4', slope: '2', intercept: '-7' },
  'finely rescaled MR': { storage: '4', slope: '0.37', intercept: '-7' },
  'rescaled PET': { storage: '128', slope: '0.37', intercept: '1' },
  'rescaled capture': { storage: '7', slope: '2', intercept: '1' },
  'rescaled ultrasound': { storage: '6.1', slope: '2', intercept: '1' },
  'dark bones': { photometry: 'MONOCHROME1' },
  'dark bones, signed': { photometry: 'MONOCHROME1', signed: true },
  'dark bones, 12 bits, rescaled': { photometry: 'MONOCHROME1', bits: [16, 12, 11], slope: '2', intercept: '-7' },
  'dark bones, bytes': { photometry: 'MONOCHROME1', bits: [8, 8, 7] },
  'slope of zero': { slope: '0', intercept: '1' },
  // What surrounds the image is a value as any other.
  padding: {
    signed: true,
    slope: '2',
    intercept: '-7',
    more: [{ tag: [0x28, 0x120], vr: 'US', value: number(0x8fff) }],
  },
  // Its window is one for people.
  windowed: { more: [0x1050, 0x1051].map((tag) => ({ tag: [0x28, tag], vr: 'DS', value: Buffer.from('40') })) },
};

it.each(Object.keys(variants))('decodes pixels as ITK does: %s', async (name) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'a.dcm'), slice(variants[name]!));
  expectSame(await both(folder));
});

const unusual: Record<string, [Variant, geometry: object]> = {
  'a distance below 0': [{ distance: '-3' }, { spacing: [2, 0.7, 0.3] }],
  // ITK takes the axes of the world for directions that are rounded so much
  'directions of two digits': [
    { orientation: '0.96\\0.28\\0.01\\-0.28\\0.95\\0.15' },
    { direction: [0.96, -0.28, 0.03, 0.28, 0.95, -0.14, 0.01, 0.15, 0.99].map((one) => expect.closeTo(one, 1)) },
  ],
};

it.each(Object.keys(unusual))('is placed by its header, by either reader: %s', async (name) => {
  const [variant, geometry] = unusual[name]!;
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'a.dcm'), slice(variant));
  const { itk, own } = await both(folder);
  expect(itk).toMatchObject(geometry);
  expect(own).toEqual(itk);
});

it.each(['1.2.840.10008.1.2', '1.2.840.10008.1.2.1'])('reads files without preamble, of syntax %s', async (syntax) => {
  const [folder, whole] = [temporaryFolder(), temporaryFolder()];
  const bytes = slice({ syntax });
  writeFileSync(join(whole, 'a.dcm'), bytes);
  writeFileSync(join(folder, 'IM1'), bytes.subarray(144 + bytes.readUInt32LE(140)));
  writeFileSync(join(folder, 'notes'), Buffer.from([8, 0, 5, 0, 0, 1, 0, 0, 1]));
  expect(await readImage(`${folder}/`)).toEqual(await readImage(`${whole}/`));
});

const misplaced: Record<string, [Variant, said: string]> = {
  'no pixel spacing': [{ pixelSpacing: '' }, 'has no patient position, orientation or pixel spacing'],
  'a pixel spacing of 0': [{ pixelSpacing: '0\\0' }, 'has an impossible pixel spacing (0028,0030: 0, 0)'],
  'no directions': [{ orientation: '0\\0\\0\\0\\0\\0' }, 'has an impossible orientation (0020,0037: 0, 0, 0, 0, 0, 0)'],
  'directions of another length': [{ orientation: '1\\0\\0\\0\\0.9\\0' }, 'has an impossible orientation'],
  'directions askew': [{ orientation: '1\\0\\0\\0.6\\0.8\\0' }, 'has axes that are not at right angles'],
};

it.each(Object.keys(misplaced))('is refused by either reader, and for DICOM output: %s', async (name) => {
  const [variant, said] = misplaced[name]!;
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'a.dcm'), slice(variant));
  await expect(readImage(`${folder}/`)).rejects.toThrow(`a.dcm: ${said}`);
  expect(() => decodeDicomSeries(filesOf(folder), folder)).toThrow(`a.dcm: ${said}`);
});

const lut: Part[] = [
  { tag: [0x28, 0x3000], vr: 'SQ', length: 0xffffffff },
  { tag: [0xfffe, 0xe000], vr: '', length: 0xffffffff },
  { tag: [0x28, 0x3006], vr: 'US', value: Buffer.concat([number(7), number(9)]) },
  { tag: [0xfffe, 0xe00d], vr: '' },
  { tag: [0xfffe, 0xe0dd], vr: '' },
];
const table = 'states its intensities by a table (Modality LUT), which is not applied';
const enhanced = 'is an enhanced image, whose intensities are stated for each frame';

it.each<[string, Variant, string]>([
  ['a table of intensities', { more: lut }, table],
  ['the same in implicit VR', { syntax: '1.2.840.10008.1.2', more: lut }, table],
  ['the same, big endian', { syntax: '1.2.840.10008.1.2.2', more: lut.slice(0, 1).concat(lut.slice(4)) }, table],
  ['groups of all frames', { more: [{ tag: [0x5200, 0x9229], vr: 'SQ', value: Buffer.alloc(8) }] }, enhanced],
  ['groups of each frame', { more: [{ tag: [0x5200, 0x9230], vr: 'SQ', value: Buffer.alloc(8) }] }, enhanced],
  ['a slope with a comma', { slope: '0,5', intercept: '1' }, 'has the RescaleSlope "0,5", which is no number'],
  ['an intercept in words', { slope: '2', intercept: 'none' }, 'has the RescaleIntercept "none", which is no number'],
])('are refused by either reader rather than wrong without a word: %s', async (_, variant, what) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'a.dcm'), slice(variant));
  const fault = new RegExp(`a\\.dcm: ${what.replace(/[()]/g, '\\$&')}\n  \\S`);
  await expect(readImage(`${folder}/`)).rejects.toThrow(fault);
  expect(() => decodeDicomSeries(filesOf(folder), folder)).toThrow(fault);
});

it('takes an empty table of intensities, and empty slopes, for none', async () => {
  const folder = temporaryFolder();
  const more: Part[] = [{ tag: [0x28, 0x3000], vr: 'SQ' }];
  writeFileSync(join(folder, 'a.dcm'), slice({ slope: '', intercept: ' ', more }));
  expectSame(await both(folder));
});

it('refuses what it cannot decode, in words', () => {
  const refusal = (bytes: Uint8Array) => {
    try {
      decodeDicomSeries([{ name: 'a.dcm', bytes }], 'scan');
      return 'none';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const compressed = file('1.2.840.10008.1.2.4.90', () => [
    { tag: [8, 0x18], vr: 'UI', value: Buffer.from('1.23') },
    { tag: [0x20, 0x32], vr: 'DS', value: Buffer.from('1\\2\\30') },
    { tag: [0x20, 0x37], vr: 'DS', value: Buffer.from('1\\0\\0\\0\\1\\0 ') },
    { tag: [0x28, 0x10], vr: 'US', value: number(2) },
    { tag: [0x28, 0x11], vr: 'US', value: number(3) },
    { tag: [0x28, 0x30], vr: 'DS', value: Buffer.from('1\\1 ') },
    { tag: [0x7fe0, 0x10], vr: 'OB', length: 0xffffffff },
    { tag: [0xfffe, 0xe0dd], vr: '' },
  ]);
  expect(refusal(compressed)).toMatch(
    /^scan\/a\.dcm: has compressed pixels \(transfer syntax 1\.2\.840\.10008\.1\.2\.4\.90\)\n.*nnUNet_predict, which reads it\.$/,
  );
  const rle = slice({ syntax: RLE });
  const segments = rle.indexOf(Buffer.from([2, 0, 0, 0, 64, 0, 0, 0]));
  const damaged = (at: number, byte: number) =>
    Buffer.concat([rle.subarray(0, at), Buffer.of(byte), rle.subarray(at + 1)]);
  expect(segments).toBeGreaterThan(0);
  for (const bytes of [damaged(segments, 3), damaged(segments + 5, 9)])
    expect(refusal(bytes)).toMatch(/^scan\/a\.dcm: has damaged compressed pixels\n/);
  expect(refusal(slice({ bits: [16, 12, 10] }))).toBe(
    `scan/a.dcm: has pixels of 12 bits in 16\n  Convert the series to NIfTI, for example with dcm2niix.`,
  );
  expect(refusal(slice({}).subarray(0, -3))).toMatch(
    /^scan\/a\.dcm: cannot be read: it is cut off within its 3 x 2 pixels/,
  );
  expect(refusal(new Uint8Array(500))).toMatch(/^scan\/a\.dcm: has no readable DICOM header/);
  expect(() => decodeDicomSeries([], 'scan')).toThrow('scan: contains no slices');
});
