import { describe, expect, it } from 'vitest';
import { parseMetaHeader } from './meta-header.ts';
import { parseNrrdHeader } from './nrrd-header.ts';
import { orderByNumber } from './numbered-slices.ts';

/** Fields of a header, some changed or, with undefined, left out. */
function lines(fields: Record<string, string | undefined>, between: string): string[] {
  return Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [`${name}${between}${value}`]));
}

describe('parseMetaHeader', () => {
  const fields = { NDims: '3', DimSize: '4 3 2', ElementType: 'MET_SHORT', ElementDataFile: 'LOCAL' };
  const parse = (change: Record<string, string | undefined> = {}, following: string[] = []) => {
    const { ElementDataFile, ...others } = { ...fields, ...change } as Record<string, string | undefined>;
    const text = [...lines(others, ' = '), ...lines({ ElementDataFile }, '='), ...following].join('\r\n');
    return parseMetaHeader({ text, bytes: 100 }, 'a.mha');
  };

  it('fills in what is not said', () => {
    expect(parse()).toEqual({
      shape: [2, 3, 4],
      spacing: [1, 1, 1],
      origin: [0, 0, 0],
      direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
      type: 'int16',
      encoding: 'raw',
      bigEndian: false,
      files: null,
      headerBytes: 100,
      skipLines: 0,
      skipBytes: 0,
    });
  });

  it.each(['T', 'true', '1', 'YES'])('takes %s for yes', (yes) => {
    expect(parse({ CompressedData: yes }).encoding).toBe('packed');
    expect([parse({ BinaryDataByteOrderMSB: yes }).bigEndian, parse({ ElementByteOrderMSB: yes }).bigEndian]).toEqual([true, true]); // biome-ignore format: a row
    expect(parse({ BinaryData: yes }).encoding).toBe('raw');
  });

  it.each(['F', 'false', '0', 'No'])('takes %s for no', (no) => {
    expect([parse({ CompressedData: no }).encoding, parse({ BinaryData: no }).encoding]).toEqual(['raw', 'text']);
    expect(parse({ BinaryDataByteOrderMSB: no }).bigEndian).toBe(false);
  });

  it('reads the voxels of other files from their beginning, or behind a header of theirs', () => {
    expect(parse({ ElementDataFile: 'b.raw' })).toMatchObject({ files: ['b.raw'], headerBytes: 0, skipBytes: 0 });
    expect(parse({ ElementDataFile: 'LIST' }, ['x', 'y']).files).toEqual(['x', 'y']);
    expect([parse({ HeaderSize: '6' }).skipBytes, parse({ HeaderSize: '-1' }).skipBytes]).toEqual([6, -1]);
    for (const size of ['-2', '1.5', 'x']) expect(() => parse({ HeaderSize: size })).toThrow(/impossible HeaderSize/);
  });

  it('takes spacing, place and directions by their first names', () => {
    expect(parse({ ElementSize: '1 2 3', ElementSpacing: '0.5 0.75 2' }).spacing).toEqual([2, 0.75, 0.5]);
    expect(parse({ ElementSize: '1 2 3' }).spacing).toEqual([3, 2, 1]);
    expect(parse({ Origin: '7 8 9', Position: '4 5 6' }).origin).toEqual([4, 5, 6]);
    expect(parse({ Position: '4 5 6', Offset: '1 2 3' }).origin).toEqual([1, 2, 3]);
    // Rows are axes: x along y, y along -x.
    const turned = parse({ TransformMatrix: '0 1 0 -1 0 0 0 0 1', ElementSpacing: '0.5 0.75 2' });
    expect(turned).toMatchObject({ spacing: [2, 0.75, 0.5], direction: [0, -1, 0, 1, 0, 0, 0, 0, 1] });
    for (const [name, value] of [['Offset', '1 2'], ['ElementSpacing', '1'], ['Rotation', '1 0 0 0 1 0 0 0']] as const) // biome-ignore format: a table
      expect(() => parse({ [name]: value })).toThrow(
        new RegExp(`of ${name === 'Rotation' ? 9 : 3} numbers in ${name}`),
      );
  });

  it('takes a plane, and further axes of the length 1', () => {
    const plane = parse({ NDims: '2', DimSize: '4 3', ElementSpacing: '0.5 2', Offset: '7 8', Rotation: '0 1 -1 0' });
    expect(plane).toMatchObject({ shape: [1, 3, 4], spacing: [1, 2, 0.5], origin: [7, 8, 0] });
    expect(plane.direction.map((value) => value + 0)).toEqual([0, -1, 0, 1, 0, 0, 0, 0, 1]);
    const four = { NDims: '4', DimSize: '4 3 2 1', ElementSpacing: '1 2 3 4' };
    expect(parse(four)).toMatchObject({ shape: [2, 3, 4], spacing: [3, 2, 1] });
    expect(() => parse({ ...four, DimSize: '4 3 1 2' })).toThrow(/has 4 axes: 4 x 3 x 1 x 2/);
    expect(() => parse({ NDims: '1', DimSize: '4' })).toThrow(/has 1 axes: 4/);
  });

  it.each([
    [{ NDims: undefined }, /it has no NDims/],
    [{ DimSize: undefined }, /it has no DimSize/],
    [{ ElementType: undefined }, /it has no ElementType/],
    [{ ElementDataFile: undefined }, /it has no ElementDataFile/],
    [{ DimSize: '4 3' }, /has 3 axes and sizes of 2/],
    [{ ElementNumberOfChannels: '2' }, /has 2 numbers per voxel \(colours or vectors\)/],
    [{ ElementType: 'MET_OTHER' }, /of the type MET_OTHER/],
  ])('refuses %j', (change, message) => {
    expect(() => parse(change)).toThrow(message);
  });

  it('skips lines that are not fields, and fields that are too long', () => {
    expect(parse({ 'a b': 'x', Comment: 'x'.repeat(9999) }).shape).toEqual([2, 3, 4]);
    expect(parse({ DimSize: `4 3 2${' '.repeat(9990)}` }).shape).toEqual([2, 3, 4]);
    expect(() => parse({ DimSize: `4 3 ${' '.repeat(10_000)}2` })).toThrow(/has no DimSize/);
    expect(parse({ ElementNumberOfChannels: '1' }, ['NDims = 7']).shape).toEqual([2, 3, 4]);
  });

  it.each([
    ['MET_CHAR', 'int8'],
    ['MET_ASCII_CHAR', 'int8'],
    ['MET_UCHAR', 'uint8'],
    ['MET_USHORT', 'uint16'],
    ['MET_INT', 'int32'],
    ['MET_UINT', 'uint32'],
    ['MET_LONG', 'int32'],
    ['MET_ULONG', 'uint32'],
    ['MET_LONG_LONG', 'int64'],
    ['MET_ULONG_LONG', 'uint64'],
    ['met_float', 'float32'],
    ['MET_DOUBLE', 'float64'],
  ])('%s is %s', (name, type) => {
    // biome-ignore format: a table
    expect(parse({ ElementType: name }).type).toBe(type);
  });
});

describe('parseNrrdHeader', () => {
  const fields = { type: 'short', dimension: '3', sizes: '4 3 2', encoding: 'raw' };
  const parse = (change: Record<string, string | undefined> = {}, following: string[] = []) =>
    parseNrrdHeader({ text: ['NRRD0005', ...lines({ ...fields, ...change }, ': '), ...following].join('\n'), bytes: 70 }, 'a.nrrd'); // biome-ignore format: a row

  it('fills in what is not said', () => {
    expect(parse()).toEqual({
      shape: [2, 3, 4],
      spacing: [1, 1, 1],
      origin: [0, 0, 0],
      direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
      type: 'int16',
      encoding: 'raw',
      bigEndian: false,
      files: null,
      headerBytes: 70,
      skipLines: 0,
      skipBytes: 0,
    });
    expect(parse({ endian: 'BIG', 'line skip': '2', 'byte skip': '3' })).toMatchObject({ bigEndian: true, skipLines: 2, skipBytes: 3 }); // biome-ignore format: a row
    expect(parse({ 'Byte Skip': '-1' }).skipBytes).toBe(-1);
    expect(parse({ 'data file': 'LIST' }, ['x', 'y'])).toMatchObject({ files: ['x', 'y'], headerBytes: 0 });
  });

  it.each([
    [{ type: undefined }, /it has no type/],
    [{ dimension: undefined }, /it has no dimension/],
    [{ sizes: undefined }, /it has no sizes/],
    [{ encoding: undefined }, /it has no encoding/],
    [{ sizes: '4 3' }, /has 3 axes and sizes of 2/],
    [{ 'line skip': '-1' }, /impossible number of bytes or lines: -1/],
    [{ 'byte skip': '1.5' }, /impossible number of bytes or lines: 1.5/],
    [{ 'byte skip': '-2' }, /impossible number of bytes or lines: -2/],
    [{ 'space directions': '(1,0,0) (0,1,0)' }, /is damaged/],
    [{ 'space directions': '(1,0,0) (0,1,0) 1,2,3' }, /is damaged/],
    [{ 'space directions': '(1,0,0) (0,1,0) (0,0,x)' }, /is damaged/],
    [{ 'space directions': '(1,0,0) (0,1,0) (0,0,1,0,0)' }, /is damaged/],
    [{ 'space directions': '(1,0,0) none none' }, /numbers per voxel|axes/],
  ])('refuses %j', (change, message) => {
    expect(() => parse(change)).toThrow(message);
  });

  it('takes no other file for one, and no field that is too long', () => {
    expect(() => parseNrrdHeader({ text: 'NRRD1\n', bytes: 6 }, 'a')).toThrow(/is damaged/);
    expect(() => parseNrrdHeader({ text: '', bytes: 0 }, 'a')).toThrow(/is damaged/);
    const long = (n: number) => parse({ sizes: `4 3 2${' '.repeat(n - 'sizes: 4 3 2'.length)}` });
    expect(long(10_000).shape).toEqual([2, 3, 4]);
    expect(() => long(10_001)).toThrow(/it has no sizes/);
    expect(parse({}, ['sizes: 9 9 9']).shape).toEqual([2, 3, 4]);
  });

  it('places the centres of cells and nodes, where all axes say them', () => {
    const place = (change: Record<string, string>) => {
      const { spacing, origin } = parse(change);
      return [spacing, origin];
    };
    const mins = { 'axis mins': '1 2 3' };
    expect(place({ ...mins, spacings: '2 -4 6' })).toEqual([[6, 4, 2], [2, 4, 6]]); // biome-ignore format: a row
    expect(place({ ...mins, spacings: '2 4 6', centerings: 'node cell node' })).toEqual([[6, 4, 2], [1, 4, 3]]); // biome-ignore format: a row
    // 4, 3 and 2 cells, or 3, 2 and 1 steps between nodes
    const maxs = { ...mins, 'axis maxs': '13 8 7' };
    expect(place(maxs)).toEqual([[2, 2, 3], [2.5, 3, 4]]); // biome-ignore format: a row
    expect(place({ ...maxs, centers: 'node node node' })).toEqual([[4, 3, 4], [1, 2, 3]]); // biome-ignore format: a row
    expect(place({ ...maxs, spacings: '2 nan nan' })).toEqual([[2, 2, 2], [2, 3, 4]]); // biome-ignore format: a row
    expect(place({ 'axis mins': '1 nan 3', spacings: '2 4 6' })).toEqual([[6, 4, 2], [0, 0, 0]]); // biome-ignore format: a row
    expect(parse({ sizes: '4 3 1', ...maxs, centers: 'node node node' }).spacing).toEqual([4, 3, 4]);
    expect(parse({ sizes: '4 3', dimension: '2', 'axis mins': '1 2' }).origin).toEqual([1.5, 2.5, 0]);
  });

  it('turns directions and places into millimetres of LPS', () => {
    const directions = '(2,0,0) (0,3,0) (0,0,4)';
    const of = (change: Record<string, string>) =>
      parse({ 'space directions': directions, 'space origin': '(5,6,7)', ...change });
    expect(of({}).origin).toEqual([5, 6, 7]);
    expect(of({ space: 'RAST' }).origin).toEqual([-5, -6, 7]);
    expect(of({ space: 'left-anterior-superior-time' }).origin).toEqual([5, -6, 7]);
    expect(of({ 'space units': '"cm" "m" "nm"' })).toMatchObject({
      spacing: [4e-6, 3000, 20],
      origin: [50, 6000, 7e-6],
    });
    expect(of({ 'space units': '"parsec"' }).spacing).toEqual([4, 3, 2]);
    expect(of({ 'space origin': 'none' }).origin).toEqual([0, 0, 0]);
    for (const space of ['3D-right-handed', '3D-left-handed', 'scanner-xyz'])
      expect(of({ space }).origin).toEqual([5, 6, 7]);
  });

  it('leaves axes out that do not lie in space and have the length 1, wherever they stand', () => {
    const four = { dimension: '4', sizes: '4 1 3 2' };
    expect(parse({ ...four, kinds: 'space list space space', spacings: '1 9 2 3' })).toMatchObject({ shape: [2, 3, 4], spacing: [3, 2, 1] }); // biome-ignore format: a row
    expect(parse({ ...four, sizes: '4 3 2 1' }).shape).toEqual([2, 3, 4]);
    expect(() => parse({ ...four, sizes: '4 3 1 2' })).toThrow(/4 axes/);
    expect(() => parse({ ...four, sizes: '4 2 3 2', kinds: 'domain vector domain domain' })).toThrow(
      /has 2 numbers per voxel \(vector\)/,
    );
    expect(() => parse({ ...four, sizes: '4 2 3 2', kinds: 'domain RGBA-colour domain domain' })).toThrow(
      /\(colours\)/,
    );
    expect(() => parse({ ...four, sizes: '4 2 3 2', kinds: 'domain time domain domain' })).toThrow(/4 axes/);
    const five = { dimension: '5', sizes: '4 2 3 2 2', kinds: 'domain vector domain domain domain' };
    expect(() => parse(five)).toThrow(/5 axes/);
    expect(() => parse({ dimension: '1', sizes: '4' })).toThrow(/1 axes/);
  });
});

describe('orderByNumber', () => {
  it('orders by the last number of each name, which may start anywhere', () => {
    expect(orderByNumber(['a_10.png', 'b_9.png', 'c2_11.v3'], 'f')).toEqual(['b_9.png', 'a_10.png', 'c2_11.v3']);
    expect(orderByNumber(['s7b.png'], 'f')).toEqual(['s7b.png']);
    expect(orderByNumber([], 'f')).toEqual([]);
  });

  it('names what is missing', () => {
    expect(() => orderByNumber(['1.png', '3.png'], 'f')).toThrow('slice 2 is missing, between 1.png and 3.png');
    expect(() => orderByNumber(['1.png', '5.png'], 'f')).toThrow('slices 2 to 4 are missing, between 1.png and 5.png');
    expect(() => orderByNumber(['1.png', '01.png'], 'f')).toThrow('two slices with the number 1: 1.png and 01.png');
    expect(() => orderByNumber(['a.2'], 'f')).toThrow('the name of a.2 contains no number');
  });
});
