import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { isNnUNetError } from '@nnunet/errors';
import { isSpokenRightly, temporaryFolder } from '@nnunet/testing';
import { describe, expect, it } from 'vitest';
import { readImage } from './image-formats.ts';

const root = temporaryFolder();
let count = 0;
/** 4 x 3 x 2 voxels (x, y, z): 0, 1, 2, … */
const values = Int16Array.from({ length: 24 }, (_, i) => i * 300 - 2000);
const little = Buffer.from(values.buffer);
const big = Buffer.from(values.slice().buffer).swap16();

/** Writes files into a folder of their own and reads the first. */
async function read(files: Record<string, Buffer | string>) {
  const folder = join(root, String(count++));
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return readImage(join(folder, Object.keys(files)[0]!));
}

const refusal = (files: Record<string, Buffer | string>) =>
  read(files).then(
    ({ shape }) => `was read: ${shape}`,
    (error: unknown) =>
      isNnUNetError(error) && isSpokenRightly(error, '/') ? `${error.tag} ${error.message}` : `untyped ${error}`,
  );

const directions = 'space directions: (0.5,0,0) (0,0.75,0) (0,0,2)\nspace origin: (10,20,30)\n';
const nrrd = (fields: string, { type = 'short', sizes = '4 3 2', dimension = 3, encoding = 'raw' } = {}) =>
  `NRRD0004\n# made by hand\ntype: ${type}\ndimension: ${dimension}\nsizes: ${sizes}\nendian: little\nencoding: ${encoding}\nkey:=value: x\n${fields}`;
const attached = (fields: string, data: Buffer | string = little, options = {}) => ({
  'a.nrrd': Buffer.concat([Buffer.from(`${nrrd(fields, options)}\n`), Buffer.from(data)]),
});

describe('NRRD', () => {
  // Every order and sign of the axes, in each space. A world vector (x, y, z) of RAS is (-x, -y, z) in LPS, one of LAS
  // (x, -y, z).
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  it.each([
    ['right-anterior-superior', [-1, -1, 1]],
    ['RAS', [-1, -1, 1]],
    ['left-anterior-superior', [1, -1, 1]],
    ['LAS', [1, -1, 1]],
    ['left-posterior-superior', [1, 1, 1]],
    ['LPS', [1, 1, 1]],
    ['scanner-xyz', [1, 1, 1]],
  ])('lies where it says, for each direction of the axes: %s', async (space, signs) => {
    for (const order of orders) {
      for (let mirrored = 0; mirrored < 8; mirrored++) {
        const mm = [0.5, 0.75, 2];
        const vectors = order.map((world, axis) =>
          [0, 1, 2].map((row) => (row === world ? (mirrored & (1 << axis) ? -1 : 1) * mm[axis]! : 0)),
        );
        const text = vectors.map((vector) => `(${vector.join(',')})`).join(' ');
        const fields = `space: ${space}\nspace directions: ${text}\nspace origin: (10,20,30)\n`;
        const image = await read(attached(fields));
        expect(image.spacing).toEqual([2, 0.75, 0.5]);
        expect(image.origin).toEqual([10 * signs[0]!, 20 * signs[1]!, 30 * signs[2]!]);
        order.forEach((world, axis) => {
          const column = [0, 1, 2].map((row) => image.direction[3 * row + axis]! + 0);
          const sign = (mirrored & (1 << axis) ? -1 : 1) * signs[world]!;
          expect(column).toEqual([0, 1, 2].map((row) => (row === world ? sign : 0)));
        });
        expect(image.data).toEqual(values);
      }
    }
  });

  it('refuses a space that it does not know', async () => {
    expect(await refusal(attached(`space: inside-out\n${directions}`))).toMatch(/unknown space: inside-out/);
  });

  it('takes spacings, and the first positions of cells and nodes, where it has no directions', async () => {
    const straight = [1, 0, 0, 0, 1, 0, 0, 0, 1];
    const plain = await read(attached('spacings: 0.5 0.75 2\n'));
    expect(plain).toMatchObject({ spacing: [2, 0.75, 0.5], origin: [0, 0, 0], direction: straight });
    const cells = await read(attached('spacings: 0.5 0.75 2\naxis mins: 1 2 3\n'));
    expect(cells.origin).toEqual([1.25, 2.375, 4]);
    const nodes = await read(attached('spacings: 0.5 0.75 2\naxismins: 1 2 3\ncenters: node node node\n'));
    expect(nodes.origin).toEqual([1, 2, 3]);
    // 4 cells of 0.5 mm, 3 of 1 mm, 2 of 2 mm
    const range = await read(attached('axis mins: 0 0 0\naxis maxs: 2 3 4\n'));
    expect(range).toMatchObject({ spacing: [2, 1, 0.5], origin: [0.25, 0.5, 1] });
    expect((await read(attached('space dimension: 3\nspace directions: (1,0,0) (0,1,0) (0,0,1)\n'))).origin).toEqual([
      0, 0, 0,
    ]);
  });

  it('turns units of length into millimetres', async () => {
    const fields = `space: RAS\nspace units: "um" "um" "um"\n${directions}`;
    const image = await read(attached(fields));
    expect(image.spacing[0]).toBeCloseTo(0.002, 15);
    expect(image.origin[0]).toBeCloseTo(-0.01, 15);
  });

  it.each([
    ['raw', little],
    ['gzip', gzipSync(little)],
    ['gz', gzipSync(little)],
    ['ascii', [...values].join(' ')],
    ['text', [...values].join('\n')],
    [
      'hex',
      little
        .toString('hex')
        .toUpperCase()
        .replace(/(.{12})/g, '$1\n'),
    ],
  ])('of the encoding %s', async (encoding, data) => {
    expect((await read(attached(`space: LPS\n${directions}`, data, { encoding }))).data).toEqual(values);
  });

  it('of the other byte order, and of each type', async () => {
    const swapped = { 'a.nrrd': Buffer.concat([Buffer.from(`${nrrd('').replace('little', 'big')}\n`), big]) };
    expect((await read(swapped)).data).toEqual(values);
    const numbers = [1, 2, 3, 4, 5, 6, 7, 8];
    const types = {
      'signed char': Int8Array.from(numbers),
      uchar: Uint8Array.from(numbers),
      'unsigned short int': Uint16Array.from(numbers),
      int32_t: Int32Array.from(numbers),
      'unsigned int': Uint32Array.from(numbers),
      float: Float32Array.from(numbers),
      double: Float64Array.from(numbers),
      int64: BigInt64Array.from(numbers.map(BigInt)),
    };
    for (const [type, data] of Object.entries(types)) {
      const bytes = Buffer.from(data.buffer);
      expect((await read(attached('', bytes, { type, sizes: '2 2 2' }))).data).toEqual(data);
    }
    const huge = Buffer.from(BigUint64Array.of(2n ** 40n, 1n, 2n, 3n).buffer);
    const unsigned = await read(attached('', huge, { type: 'ulonglong', sizes: '2 2', dimension: 2 }));
    expect(unsigned.data).toEqual(Float64Array.of(2 ** 40, 1, 2, 3));
    expect(await refusal(attached('', little, { encoding: 'bzip2' }))).toMatch(
      /^bad-image .*unsupported encoding: bzip2\n.*gzip/,
    );
    expect(await refusal(attached('', little, { type: 'block' }))).toMatch(/type "block"/);
  });

  it('with lines and bytes before the voxels', async () => {
    const before = Buffer.from('one line\nanother\nxyz');
    expect((await read(attached('line skip: 2\nbyte skip: 3\n', Buffer.concat([before, little])))).data).toEqual(
      values,
    );
    expect((await read(attached('byte skip: -1\n', Buffer.concat([before, little])))).data).toEqual(values);
    const packed = Buffer.concat([Buffer.from('a\n'), gzipSync(Buffer.concat([before, little]))]);
    const inflated = attached(`lineskip: 1\nbyteskip: ${before.length}\n`, packed, { encoding: 'gzip' });
    expect((await read(inflated)).data).toEqual(values);
    expect(await refusal(attached('line skip: 9\n'))).toMatch(/9 lines before the voxels/);
    expect(await refusal(attached('byte skip: 1\n'))).toMatch(/48 bytes of voxels expected, 47 found/);
  });

  it('with axes that do not lie in space', async () => {
    const one = 'space: LPS\nspace directions: none (0.5,0,0) (0,0.75,0) (0,0,2)\nkinds: vector domain domain domain\n';
    const image = await read(attached(one, little, { sizes: '1 4 3 2', dimension: 4 }));
    expect(image).toMatchObject({ shape: [2, 3, 4], spacing: [2, 0.75, 0.5] });
    const three = { sizes: '3 4 2 1', dimension: 4 };
    expect(await refusal(attached(one.replace('vector', 'RGB-color'), little, three))).toMatch(
      /3 numbers per voxel \(colours/,
    );
    expect(await refusal(attached(one, little, three))).toMatch(/3 numbers per voxel \(vector/);
    expect(await refusal(attached('', little, { sizes: '4 3 1 2', dimension: 4 }))).toMatch(/4 axes: 4 x 3 x 1 x 2/);
    const time = 'kinds: domain domain domain time\n';
    expect(await refusal(attached(time, little, { sizes: '2 3 2 2', dimension: 4 }))).toMatch(/4 axes: 2 x 3 x 2 x 2/);
    // one slice in space: its third axis is at right angles to the others
    const slice = 'space: LPS\nspace directions: (0,0.5,0) (0,0,0.75)\nspace origin: (1,2,3)\n';
    const plane = await read(attached(slice, little, { sizes: '6 4', dimension: 2 }));
    expect(plane).toMatchObject({ shape: [1, 4, 6], spacing: [1, 0.75, 0.5], origin: [1, 2, 3] });
    expect(plane.direction).toEqual([0, 0, 1, 1, 0, 0, 0, 1, 0]);
  });

  it('with its voxels in other files', async () => {
    const header = nrrd(`${directions}data file: `);
    const [first, second] = [little.subarray(0, 24), little.subarray(24)];
    const one = await read({ 'a.nhdr': `${header}./b.raw\n`, 'b.raw': little });
    expect(one.data).toEqual(values);
    const list = await read({ 'a.nhdr': `${header}LIST\nz.raw\ny.raw\n`, 'z.raw': first, 'y.raw': second });
    expect(list.data).toEqual(values);
    const pattern = { 'a.nhdr': `${header}s%02d.raw 9 10 1\n`, 's09.raw': first, 's10.raw': second };
    expect((await read(pattern)).data).toEqual(values);
    expect(await refusal({ 'a.nhdr': `${header}gone.raw\n` })).toMatch(/^missing-file .*gone\.raw/);
    expect(await refusal({ 'a.nhdr': `${header}../b.raw\n` })).toMatch(/another folder/);
    const odd = { 'a.nhdr': `${header}LIST\na\nb\nc\nd\ne\n`, a: little, b: first, c: first, d: first, e: first };
    expect(await refusal(odd)).toMatch(/5 files, among which its voxels cannot be divided/);
  });

  it('skewed by less than 1° is set right', async () => {
    const fields = 'space: LPS\nspace directions: (1,0,0) (0.002,1,0) (0,0,1)\n';
    const image = await read(attached(fields));
    // asin(0.002 / |(0.002, 1)|) in degrees
    expect(image.skewDegrees).toBeCloseTo(0.11459, 4);
    expect(await refusal(attached(fields.replace('0.002', '0.02')))).toMatch(/not at right angles/);
  });
});

const meta = (fields: string, file = 'LOCAL', sizes = '4 3 2') =>
  `ObjectType = Image\nNDims = 3\nBinaryData = True\nOffset = 1 2 3\nElementSpacing = 0.5 0.75 2\n${fields}DimSize = ${sizes}\nElementType = MET_SHORT\nElementDataFile = ${file}\n`;
const local = (fields: string, data: Buffer = little) => ({
  'a.mha': Buffer.concat([Buffer.from(meta(fields)), data]),
});

describe('MetaImage', () => {
  it('lies where it says: each row of the matrix is the direction of an axis', async () => {
    const image = await read(local('TransformMatrix = 0 1 0 0 0 -1 1 0 0\nAnatomicalOrientation = RAI\n'));
    expect(image).toMatchObject({ spacing: [2, 0.75, 0.5], origin: [1, 2, 3], shape: [2, 3, 4] });
    // x grows along world y, y along -z, z along x
    expect(image.direction).toEqual([0, 0, 1, 1, 0, 0, 0, -1, 0]);
    expect(image.data).toEqual(values);
    for (const name of ['Rotation', 'Orientation']) {
      expect((await read(local(`${name} = 0 1 0 0 0 -1 1 0 0\n`))).direction).toEqual(image.direction);
    }
    expect((await read(local(''))).direction).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  });

  it('of either byte order, packed with and without the size of what is packed', async () => {
    expect((await read(local('BinaryDataByteOrderMSB = True\n', big))).data).toEqual(values);
    expect((await read(local('ElementByteOrderMSB = True\n', big))).data).toEqual(values);
    const packed = deflateSync(little);
    for (const size of ['', `CompressedDataSize = ${packed.length}\n`]) {
      expect((await read(local(`CompressedData = True\n${size}`, packed))).data).toEqual(values);
      const cut = local(`CompressedData = True\n${size}`, packed.subarray(0, packed.length - 8));
      expect(await refusal(cut)).toMatch(/^bad-image .*cut off/);
      const less = local(`CompressedData = True\n${size}`, deflateSync(little.subarray(0, 40)));
      expect(await refusal(less)).toMatch(/48 bytes of voxels expected, 40 found/);
    }
  });

  it('with its voxels in other files, behind a header of theirs', async () => {
    const [first, second] = [little.subarray(0, 24), little.subarray(24)];
    expect((await read({ 'a.mhd': meta('', 'b.raw'), 'b.raw': little })).data).toEqual(values);
    const list = { 'a.mhd': `${meta('', 'LIST')}x\ny\n`, x: first, y: second };
    expect((await read(list)).data).toEqual(values);
    const pattern = { 'a.mhd': meta('', 's%d.raw 1 2 1'), 's1.raw': first, 's2.raw': second };
    expect((await read(pattern)).data).toEqual(values);
    const headed = Buffer.concat([Buffer.from('header'), little]);
    expect((await read({ 'a.mhd': meta('HeaderSize = 6\n', 'b.raw'), 'b.raw': headed })).data).toEqual(values);
    expect((await read({ 'a.mhd': meta('HeaderSize = -1\n', 'b.raw'), 'b.raw': headed })).data).toEqual(values);
  });

  it('of several numbers per voxel, too few voxels or an unknown type is refused', async () => {
    expect(await refusal(local('ElementNumberOfChannels = 3\n'))).toMatch(/3 numbers per voxel/);
    expect(await refusal(local('', little.subarray(2)))).toMatch(/24? ?x?.*need 48 bytes, but there are 46/);
    const text = meta('').replace('MET_SHORT', 'MET_OTHER');
    expect(await refusal({ 'a.mha': text })).toMatch(/type MET_OTHER/);
    expect(await refusal({ 'a.mha': meta('').replace('0.5 0.75 2', '0.5 0 2') })).toMatch(/impossible spacing/);
  });
});

describe('what a header states takes no memory that the files cannot fill', () => {
  it.each([
    ['sizes', attached('', little, { sizes: '2000000 2000000 1000' })],
    ['sizes beyond numbers', attached('', little, { sizes: '1e9 1e9 1e9' })],
    ['packed sizes', attached('', gzipSync(little), { sizes: '30000 30000 30000', encoding: 'gzip' })],
    ['text', attached('', '1 2 3', { sizes: '30000 30000 30000', encoding: 'ascii' })],
    ['a digit count', { 'a.nhdr': `${nrrd('')}data file: a%0400000000d.raw 1 2 1\n` }],
    ['a file count', { 'a.nhdr': `${nrrd('')}data file: a%d.raw 1 2000000000 1\n` }],
    ['a step of 0', { 'a.nhdr': `${nrrd('')}data file: a%d.raw 1 2 0\n` }],
    ['a dimension', attached('', little, { dimension: 4e9 })],
    ['bytes to skip', attached('byte skip: 9007199254740991\n')],
    ['MetaImage sizes', { 'a.mha': meta('', 'LOCAL', '2000000 2000000 1000') }],
    ['MetaImage digits', { 'a.mhd': meta('', 'a%0400000000d.raw 1 2 1') }],
    ['MetaImage files', { 'a.mhd': meta('', 'a%d.raw 1 4000000000 1') }],
    ['a million empty lines', { 'a.mha': '\n'.repeat(2 ** 20) }],
    ['a long line of blanks', { 'a.mha': `NDims = ${' '.repeat(2 ** 20)}x` }],
    ['a long list of brackets', { 'a.nrrd': `${nrrd(`space directions: ${'( '.repeat(2 ** 19)}`)}\n` }],
    ['a long name', { 'a.nhdr': `${nrrd('')}data file: ${'%d '.repeat(2 ** 18)}\n` }],
    ['a bomb', local('CompressedData = True\n', deflateSync(Buffer.alloc(1e6)))],
  ])('%s', async (_, files) => {
    expect(await refusal(files as Record<string, Buffer>)).toMatch(/^bad-image /);
  });
});
