import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNnUNetError } from '@nnunet/errors';
import { isSpokenRightly, temporaryFolder } from '@nnunet/testing';
import { describe, expect, it } from 'vitest';
import { readImage } from './image-formats.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/tiff/', import.meta.url));
const expected: Record<string, { dtype: string; shape: number[]; values: number[] }> = JSON.parse(
  readFileSync(join(fixtures, 'expected.json'), 'utf8'),
);
const temporary = temporaryFolder();

const refusal = (path: string) =>
  readImage(path).then(
    ({ shape }) => `was read: ${shape}`,
    (error: unknown) =>
      isNnUNetError(error) && isSpokenRightly(error, '/') ? `${error.tag} ${error.message}` : `untyped ${error}`,
  );

// written by tifffile
it.each(Object.keys(expected))('%s has the voxels that were written', async (name) => {
  const { dtype, shape, values } = expected[name]!;
  const image = await readImage(join(fixtures, name));
  expect(image.shape).toEqual(shape);
  expect(image.data.constructor.name.toLowerCase()).toBe(`${dtype}array`);
  expect(Array.from(image.data, Number)).toEqual(values);
});

describe('TIFF files that are refused', () => {
  it.each([
    ['ome_channels.ome.tif', /2 channels of 16 planes, not one stack/],
    ['ome_times.ome.tif', /2 time steps of 3 planes, not one stack/],
    ['imagej_channels.tif', /2 channels of 4 planes, not one stack/],
    ['tiled_jpeg.tif', /is tiled, with an unsupported .* \(compression 7\)/],
  ])('%s', async (name, message) => {
    expect(await refusal(join(fixtures, name))).toMatch(message);
  });

  it('whose directories go round in circles, or share a long list', async () => {
    const path = join(temporary, 'circle.tif');
    const bytes = readFileSync(join(fixtures, 'tiled_uint8.tif'));
    const first = bytes.readUInt32LE(4);
    const entries = bytes.readUInt16LE(first);
    bytes.writeUInt32LE(first, first + 2 + 12 * entries);
    writeFileSync(path, bytes);
    expect(await refusal(path)).toMatch(/^bad-image/);
    // 2000 directories, each with the same 20,000 bytes as places of its strips
    const list = 8 + 2000 * 18;
    const many = Buffer.alloc(list + 80_000);
    many.write('II*\0', 'latin1');
    many.writeUInt32LE(8, 4);
    for (let i = 0; i < 2000; i++) {
      const at = 8 + 18 * i;
      many.writeUInt16LE(1, at);
      many.writeUInt16LE(273, at + 2);
      many.writeUInt16LE(4, at + 4);
      many.writeUInt32LE(20_000, at + 6);
      many.writeUInt32LE(list, at + 10);
      many.writeUInt32LE(i < 1999 ? at + 18 : 0, at + 14);
    }
    writeFileSync(path, many);
    expect(await refusal(path)).toMatch(/^bad-image .*damaged, cut off/);
  });

  it('cut anywhere, and sizes that the bytes cannot hold', async () => {
    for (const name of ['tiled_uint8.tif', 'tiled_lzw_int16.tif', 'strips_deflate_float_differences.tif']) {
      const bytes = readFileSync(join(fixtures, name));
      const path = join(temporary, name);
      for (let share = 1; share < 20; share += 3) {
        writeFileSync(path, bytes.subarray(0, Math.floor((bytes.length * share) / 20)));
        expect(await refusal(path)).toMatch(/^bad-image/);
      }
      const huge = Buffer.from(bytes);
      // width and height of every page: tags 256 and 257, one number of type 3 or 4
      for (let at = 0; at + 12 < huge.length; at++) {
        const size = [256, 257].includes(huge.readUInt16LE(at)) && [3, 4].includes(huge.readUInt16LE(at + 2));
        if (!size || huge.readUInt32LE(at + 4) !== 1) continue;
        huge.writeUInt16LE(4, at + 2);
        huge.writeUInt32LE(0x7fffffff, at + 8);
      }
      writeFileSync(path, huge);
      expect(await refusal(path)).toMatch(/^bad-image .*do not fit into \d+ bytes/);
    }
  });
});
