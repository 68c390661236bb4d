import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNnUNetError } from '@nnunet/errors';
import { isSpokenRightly, temporaryFolder } from '@nnunet/testing';
import { shippedFormats } from '@nnunet/volume';
import { formatOf } from '@nnunet/volume/internal';
import { readLabels, writeVolume } from '@nnunet/volume/node';
import { filesBeside, readChannels, readHeader } from '@nnunet/volume/node/internal';
import { describe, expect, it } from 'vitest';
import { readerFormats } from './reader-formats.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/readers/', import.meta.url));
type Read = { shape: number[]; spacing: number[]; voxels: number[] } | null;
const expected: Record<string, Record<string, Read>> = JSON.parse(
  readFileSync(join(fixtures, 'expected.json'), 'utf8'),
);
const temporary = temporaryFolder();
const formatsOf = (reader: string) => shippedFormats.with(...readerFormats[reader]!);

/** What v2 reads, and is refused here: JPEG; colours as a stack whose columns are the colours. */
const REFUSED_HERE = /^NaturalImage2DIO jpeg\.tif$|^Tiff3DIO (jpeg|rgb|rgba_deflate|rgb16_differences|rgb_float_differences|rgb_tiles)\.tif$/; // biome-ignore format: a list

const all = Object.entries(expected).flatMap(([name, readers]) =>
  Object.entries(readers).map(([reader, read]) => [reader, name, read] as const),
);
const refusal = (work: Promise<unknown>, name: string) =>
  work.then(
    () => 'was read',
    (error: unknown) =>
      isNnUNetError(error) && isSpokenRightly(error, name) ? `${error.tag} ${error.message}` : `untyped ${error}`,
  );

describe('files as read by nnU-Net v2', () => {
  it.each(all)('%s: %s', async (reader, name, read) => {
    const formats = formatsOf(reader);
    const path = join(fixtures, name);
    if (read === null || REFUSED_HERE.test(`${reader} ${name}`)) {
      expect(await refusal(readChannels(path, formats), name)).toMatch(/^bad-image/);
      return;
    }
    const channels = await readChannels(path, formats);
    expect([channels.length, ...channels[0]!.shape]).toEqual(read.shape);
    expect(channels.map(({ spacing }) => spacing)).toEqual(channels.map(() => read.spacing));
    expect(channels.flatMap(({ data }) => [...data])).toEqual(read.voxels);
    const header = await readHeader(path, formats);
    expect([header.channels, ...header.shape, ...header.spacing]).toEqual([...read.shape, ...read.spacing]);
  });
});

it('counts the file with the spacing among those of a stack', async () => {
  const formats = formatsOf('Tiff3DIO');
  expect(await filesBeside(join(fixtures, 'stack_spacing_0000.tif'), formats)).toEqual([
    join(fixtures, 'stack_spacing.json'),
  ]);
  expect(await filesBeside(join(fixtures, 'stack_of_one.tif'), formats)).toEqual([]);
  expect(await filesBeside(join(fixtures, 'grey.png'), formatsOf('NaturalImage2DIO'))).toEqual([]);
});

describe('label maps', () => {
  const geometry = { origin: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] } as const;
  const flat = { ...geometry, spacing: [999, 1, 1], shape: [1, 2, 3] } as const;

  it.each([
    ['a.png', [0, 1, 2, 3, 254, 5]],
    ['b.png', [0, 1, 255, 3, 1000, 5]],
    ['c.bmp', [0, 1, 2, 3, 254, 5]],
    ['d.tif', [0, 1, 2, 3, 254, 5]],
    ['e.tif', [0, 1, 2, 3, 255, 5]],
  ])('%s of one plane', async (name, labels) => {
    const formats = formatsOf('NaturalImage2DIO');
    const path = join(temporary, name);
    await writeVolume(path, { ...flat, data: Uint16Array.from(labels) }, formats);
    const read = await readLabels(path, formats);
    expect(read).toMatchObject(flat);
    expect([...read.data]).toEqual(labels);
    const [first] = (await formatOf(path, formats).readChannelsPath?.(path)) ?? [];
    expect([...first!.data]).toEqual(labels);
  });

  it('have 16 bits from label 255 on', async () => {
    const path = join(temporary, 'bits.png');
    for (const [label, bits] of [
      [254, 8],
      [255, 16],
    ] as const) {
      await writeVolume(path, { ...flat, data: new Uint8Array(6).fill(label) }, formatsOf('NaturalImage2DIO'));
      expect(readFileSync(path)[24]).toBe(bits);
    }
  });

  it.each([1, 3, 4, 6])('a stack of %i planes, with its spacing beside it', async (planes) => {
    const formats = formatsOf('Tiff3DIO');
    const path = join(temporary, `stack ${planes}.tif`);
    const data = Uint8Array.from({ length: planes * 6 }, (_, i) => i % 7);
    const shape = [planes, 2, 3] as const;
    await writeVolume(path, { ...geometry, spacing: [3, 0.5, 0.75], shape, data }, formats);
    const json = path.replace('.tif', '.json');
    expect(readFileSync(json, 'utf8')).toBe('{\n    "spacing": [\n        3.0,\n        0.5,\n        0.75\n    ]\n}');
    expect(await readLabels(path, formats)).toMatchObject({ shape, spacing: [3, 0.5, 0.75], data });
  });

  it('keep what else the file beside a stack says', async () => {
    const formats = formatsOf('Tiff3DIO');
    const volume = { ...geometry, shape: [1, 1, 2] as const, data: new Uint8Array(2) };
    const path = join(temporary, 'probabilities.tif');
    const json = join(temporary, 'probabilities.json');
    writeFileSync(json, '{"spacing": [3, 0.5, 0.75], "classes": [1]}');
    await writeVolume(path, { ...volume, spacing: [3, 0.5, 0.75] }, formats);
    expect(JSON.parse(readFileSync(json, 'utf8'))).toEqual({ spacing: [3, 0.5, 0.75], classes: [1] });
    await writeVolume(path, { ...volume, spacing: [4, 0.5, 0.75] }, formats);
    expect(JSON.parse(readFileSync(json, 'utf8'))).toEqual({ spacing: [4, 0.5, 0.75], classes: [1] });
  });

  it.each([
    ['a.bmp', [300, 0], [1, 1, 2], /labels beyond 254/],
    ['b.png', [70000, 0], [1, 1, 2], /label 70000 is not between/],
    ['c.tif', [-1, 0], [1, 1, 2], /label -1 is not between/],
    ['d.png', [1, 0], [2, 1, 1], /2 slices do not fit/],
  ] as const)('%s that a file cannot hold are refused', async (name, labels, shape, message) => {
    const volume = { ...flat, shape, data: Int32Array.from(labels) };
    const writing = writeVolume(join(temporary, `none ${name}`), volume, formatsOf('NaturalImage2DIO'));
    await expect(writing).rejects.toMatchObject({ tag: 'bad-labels', message: expect.stringMatching(message) });
  });

  it('in colours or a palette are refused', async () => {
    for (const name of ['rgb.png', 'palette.png', 'rgb.tif'])
      expect(await refusal(readLabels(join(fixtures, name), formatsOf('NaturalImage2DIO')), name)).toMatch(
        /has 3 numbers per voxel \(colours\)/,
      );
  });
});

describe('damaged files', () => {
  const names = [
    'grey.png',
    'interlaced_4bit_filtered.png',
    'interlaced_palette.png',
    'rgb16.png',
    'palette.png',
    'rgb.bmp',
    'palette.bmp',
    'rgba_deflate.tif',
  ];

  it.each(names)('%s cut anywhere', async (name) => {
    const whole = readFileSync(join(fixtures, name));
    const path = join(temporary, `cut ${name}`);
    for (let length = 0; length < whole.length - 2; length += Math.max(1, Math.floor(whole.length / 60))) {
      writeFileSync(path, whole.subarray(0, length));
      expect(await refusal(readChannels(path, formatsOf('NaturalImage2DIO')), basename(path))).toMatch(/^bad-image/);
    }
  });

  it.each([
    ['grey.png', 16],
    ['grey.png', 20],
    ['interlaced_1bit.png', 16],
    ['rle8.bmp', 18],
    ['rle8.bmp', 22],
    ['rgb.bmp', 18],
    ['rgb.bmp', 22],
  ])('%s of a size that it cannot have (byte %i)', async (name, at) => {
    // A BMP of a negative height lies upside down.
    for (const size of [0, 0x10000000, 0x7fffffff, ...(at === 22 ? [] : [0xffffffff])]) {
      const bytes = readFileSync(join(fixtures, name));
      if (name.endsWith('.png')) bytes.writeUInt32BE(size, at);
      else bytes.writeUInt32LE(size, at);
      const path = join(temporary, `large ${name}`);
      writeFileSync(path, bytes);
      expect(await refusal(readChannels(path, formatsOf('NaturalImage2DIO')), basename(path))).toMatch(/^bad-image/);
    }
  });

  it('files of another kind than their name says', async () => {
    for (const end of ['png', 'bmp', 'tif']) {
      const path = join(temporary, `other.${end}`);
      copyFileSync(join(fixtures, end === 'png' ? 'grey.bmp' : 'grey.png'), path);
      expect(await refusal(readChannels(path, formatsOf('NaturalImage2DIO')), basename(path))).toMatch(/^bad-image/);
      expect(await refusal(readHeader(path, formatsOf('NaturalImage2DIO')), basename(path))).toMatch(/^bad-image/);
    }
  });
});
