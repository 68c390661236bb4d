import { expect, it } from 'vitest';
import { greyType, requireSlicesAlone, type TiffPage } from './tiff-page.ts';
import { undoDifferences, undoFloatDifferences, unpackBits, unpackLzw } from './tiff-unpack.ts';

const grey = (change: Partial<TiffPage>) =>
  greyType({ bits: [16], samples: 1, photometric: 1, sampleFormat: 1, ...change } as TiffPage);

it('knows the types of grey pages', () => {
  expect([1, 2, 3, 4].map((sampleFormat) => grey({ bits: [32], sampleFormat }))).toEqual(['uint32', 'int32', 'float32', null]); // biome-ignore format: a row
  expect([8, 12, 16, 64].map((bits) => grey({ bits: [bits] }))).toEqual(['uint8', null, 'uint16', null]);
  expect([grey({ bits: [64], sampleFormat: 3 }), grey({ bits: [16], sampleFormat: 3 })]).toEqual(['float64', null]);
  expect([grey({ samples: 3 }), grey({ photometric: 0 }), grey({ bits: [8, 16] })]).toEqual([null, null, null]);
});

it('takes descriptions of one stack of slices, and refuses channels and time steps', () => {
  const check =
    (description: string, pages = 6) =>
    () =>
      requireSlicesAlone(description, pages, 'a.tif');
  const ome = (sizes: string) => `<OME><Pixels ID="0" ${sizes} Type="uint8"></Pixels><Other SizeC="9"/></OME>`;
  for (const fine of [
    '',
    'a note',
    'ImageJ=1.5\nimages=6\nslices=6',
    'ImageJ=1.5\nimages=6\nframes=6',
    'ImageJ=1.5\nchannels=1\nslices=6\nimages=0',
    ome('SizeC="1" SizeT="1" SizeZ="6"'),
    ome('SizeT="6" SizeZ="1"'),
    `<ome:Pixels SizeZ='6'>`,
    'NoPixels SizeC="3"',
  ])
    expect(check(fine)).not.toThrow();
  expect(check('ImageJ=1.5\nchannels=2\nslices=3\nframes=4')).toThrow(/2 channels of 12 planes/);
  expect(check('ImageJ=1.5\nslices=3\nframes=2')).toThrow(/2 time steps of 3 planes/);
  expect(check('ImageJ=1.5\nimages=7\nslices=7')).toThrow(/to contain 7 images, but only 6 have a directory/);
  expect(check(ome('SizeC="2" SizeZ="3"'))).toThrow(/2 channels of 3 planes/);
  expect(check(`<ome:Pixels SizeT = '2' SizeZ='3'>`)).toThrow(/2 time steps of 3 planes/);
  // An element is looked at as far as 4096 characters.
  expect(check(`<Pixels ${' '.repeat(4000)} SizeC="2">`)).toThrow(/2 channels/);
  expect(check(`<Pixels ${' '.repeat(4096)} SizeC="2">`)).not.toThrow();
});

it("unpacks the example of TIFF's PackBits, as far as there is room", () => {
  const packed = Uint8Array.of(0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0x80, 0xfd, 0xaa, 0x03, 0x80, 0x00, 0x2a, 0x22, 0xf7, 0xaa); // biome-ignore format: a row
  const expected = [...[0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a], ...[0xaa, 0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a, 0x22], ...new Array(10).fill(0xaa)]; // biome-ignore format: a row
  const unpacked = (bytes: Uint8Array, room: number) => {
    const out = new Uint8Array(room);
    return [unpackBits(bytes, out), [...out]];
  };
  expect(unpacked(packed, 24)).toEqual([24, expected]);
  expect(unpacked(packed, 13)).toEqual([13, expected.slice(0, 13)]);
  expect(unpacked(packed, 26)).toEqual([24, [...expected, 0, 0]]);
  expect(unpacked(packed.subarray(0, 4), 24)[0]).toBe(4);
  expect(unpacked(packed.subarray(0, 1), 24)[0]).toBe(0);
});

/** Codes of so many bits each, the most significant first. */
function pack(codes: readonly (readonly [code: number, bits: number])[]): Uint8Array {
  const text = codes.map(([code, bits]) => code.toString(2).padStart(bits, '0')).join('');
  return Uint8Array.from({ length: Math.ceil(text.length / 8) }, (_, i) => Number.parseInt(text.slice(8 * i, 8 * i + 8).padEnd(8, '0'), 2)); // biome-ignore format: a row
}

it("unpacks TIFF's LZW by its codes", () => {
  const unpacked = (codes: number[], room: number) => {
    const out = new Uint8Array(room);
    return [unpackLzw(pack(codes.map((code) => [code, 9])), out), [...out]];
  };
  // 7 8, then 258 = 7 8, 260 = 7 8 7 before it is known, then all anew.
  expect(unpacked([256, 7, 8, 258, 260, 256, 7, 9, 258, 257, 5], 12)).toEqual([
    11,
    [7, 8, 7, 8, 7, 8, 7, 7, 9, 7, 9, 0],
  ]);
  expect(unpacked([256, 7, 8, 258, 260], 5)).toEqual([5, [7, 8, 7, 8, 7]]);
  // codes that cannot come yet
  expect(unpacked([256, 258], 4)[0]).toBe(0);
  expect(unpacked([256, 7, 259], 4)[0]).toBe(1);
  expect(unpacked([256, 7, 258], 4)).toEqual([3, [7, 7, 7, 0]]);
});

it('widens LZW codes one code early, up to 12 bits', () => {
  // Each code after the first makes a new one, from 258 on; with 511 known, codes have ten bits, and so on.
  const values = Array.from({ length: 3837 }, (_, i) => (i * 7) % 256);
  const widthOf = (known: number) => (known >= 2047 ? 12 : known >= 1023 ? 11 : known >= 511 ? 10 : 9);
  const codes = values.map((value, i) => [value, widthOf(257 + Math.max(0, i - 1) + 1)] as const);
  const out = new Uint8Array(values.length);
  expect(unpackLzw(pack([[256, 9], ...codes]), out)).toBe(values.length);
  expect([...out]).toEqual(values);
});

it('undoes differences of whole and of floating point numbers', () => {
  const row = Uint8Array.of(250, 3, 255, 0);
  undoDifferences(row);
  expect([...row]).toEqual([250, 253, 252, 252]);
  // 1.5 and -2 are 3f c0 00 00 and c0 00 00 00: planes 3f c0, c0 00, 00 00, 00 00, and the differences between.
  const floats = Uint8Array.of(0x3f, 0x81, 0x00, 0x40, 0, 0, 0, 0);
  undoFloatDifferences(floats, 4);
  expect([...floats]).toEqual([0x3f, 0xc0, 0, 0, 0xc0, 0, 0, 0]);
});
