import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFiles, temporaryFolder } from '@nnunet/testing';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readImage } from './image-formats.ts';
import { tiffPages } from './tiff-pages.ts';

const root = temporaryFolder();
afterAll(() => expect(openFiles(root)).toEqual([]));
let path: string;
let count = 0;
beforeEach(() => {
  path = join(root, `${count++}.tif`);
});

/** A tag with its values; type 3: two bytes, 4: four, 16: eight, 2: text. */
type Tag = [tag: number, type: number, ...values: number[]];
interface Kind {
  little?: boolean;
  wide?: boolean;
}

/** A TIFF file by hand: the header, `data`, then a directory a page. */
function tiff(pages: Tag[][], data: Uint8Array, { little = true, wide = false }: Kind = {}): Buffer {
  const chunks: Buffer[] = [];
  const write = (value: number, bytes: number) => {
    const out = Buffer.alloc(bytes);
    if (bytes === 8) little ? out.writeBigUInt64LE(BigInt(value)) : out.writeBigUInt64BE(BigInt(value));
    else little ? out.writeUIntLE(value, 0, bytes) : out.writeUIntBE(value, 0, bytes);
    return out;
  };
  const offset = wide ? 8 : 4;
  const width = (type: number) => ({ 1: 1, 2: 1, 3: 2, 4: 4, 16: 8 })[type] ?? 4;
  const start = wide ? 16 : 8;
  let at = start + data.length;
  chunks.push(Buffer.from(little ? 'II' : 'MM'), write(wide ? 43 : 42, 2));
  if (wide) chunks.push(write(8, 2), write(0, 2));
  chunks.push(write(pages.length === 0 ? 0 : at, offset), Buffer.from(data));
  pages.forEach((tags, page) => {
    const size = (wide ? 8 : 2) + tags.length * (4 + 2 * offset) + offset;
    const long: Buffer[] = [];
    let place = at + size;
    const entries = tags.map(([tag, type, ...values]) => {
      const bytes = Buffer.concat(values.map((value) => write(value, width(type))));
      const own = Buffer.alloc(offset);
      if (bytes.length <= offset) bytes.copy(own);
      else {
        write(place, offset).copy(own);
        long.push(bytes);
        place += bytes.length;
      }
      return Buffer.concat([write(tag, 2), write(type, 2), write(values.length, offset), own]);
    });
    at = place;
    chunks.push(write(tags.length, wide ? 8 : 2), ...entries, write(page + 1 < pages.length ? at : 0, offset), ...long);
  });
  return Buffer.concat(chunks);
}

const start = (kind: Kind) => (kind.wide ? 16 : 8);
/** A grey page of 3 x 2 pixels of 16 bits. */
const page = (offset: number, more: Tag[] = []): Tag[] => [
  ...([[256, 3, 3], [257, 4, 2], [258, 3, 16], [259, 3, 1], [262, 3, 1], [273, 4, offset], [277, 3, 1], [278, 3, 2], [279, 4, 12]] as Tag[]), // biome-ignore format: a table
  ...more,
];
const bytes = (little: boolean) => {
  const out = Buffer.alloc(24);
  for (let i = 0; i < 12; i++) little ? out.writeUInt16LE(i * 300, 2 * i) : out.writeUInt16BE(i * 300, 2 * i);
  return out;
};
const save = (content: Buffer) => {
  writeFileSync(path, content);
  return path;
};

describe.each<Kind>([{}, { little: false }, { wide: true }, { little: false, wide: true }])('%j', (kind) => {
  it('gives what each directory says of its page', async () => {
    const at = start(kind);
    const text = [...Buffer.from('two\0more')];
    const second: Tag[] = [[254, 4, 2], [256, 3, 5], [257, 3, 6], [258, 3, 8, 8, 8], [259, 3, 5], [262, 3, 2], [277, 3, 3], [284, 3, 2], [317, 3, 2], [322, 3, 16], [323, 3, 32], [324, 4, at, at + 1], [325, 4, 3, 4], [339, 3, 2], [270, 2, ...text]]; // biome-ignore format: a row
    const preview: Tag[] = [[254, 4, 1], [256, 3, 1]]; // biome-ignore format: a row
    const { pages, bigEndian } = await tiffPages(
      save(tiff([page(at, [[270, 2, ...text]]), preview, second], bytes(true), kind)),
    );
    expect(bigEndian).toBe(kind.little === false);
    expect(pages).toEqual([
      {
        ...{
          columns: 3,
          rows: 2,
          samples: 1,
          planar: false,
          bits: [16],
          compression: 1,
          photometric: 1,
          sampleFormat: 1,
          predictor: 1,
        },
        ...{ description: 'two', tiled: false, pieceColumns: 3, pieceRows: 2, offsets: [at], lengths: [12] },
      },
      {
        ...{
          columns: 5,
          rows: 6,
          samples: 3,
          planar: true,
          bits: [8],
          compression: 5,
          photometric: 2,
          sampleFormat: 2,
          predictor: 2,
        },
        ...{ description: '', tiled: true, pieceColumns: 16, pieceRows: 32, offsets: [at, at + 1], lengths: [3, 4] },
      },
    ]);
  });

  it('is read as the image that it is', async () => {
    const at = start(kind);
    const { data, shape } = await readImage(save(tiff([page(at), page(at + 12)], bytes(kind.little ?? true), kind)));
    expect(shape).toEqual([2, 2, 3]);
    expect(data).toEqual(Uint16Array.from({ length: 12 }, (_, i) => i * 300));
  });
});

it('fills in what a directory does not say', async () => {
  const { pages } = await tiffPages(save(tiff([[[256, 3, 7], [257, 3, 9], [278, 3, 99]], [[256, 3, 7], [257, 3, 9]]], bytes(true)))); // biome-ignore format: a row
  for (const page of pages)
    expect(page).toEqual({
      ...{ columns: 7, rows: 9, samples: 1, bits: [1], compression: 1, photometric: 1, sampleFormat: 1, predictor: 1 },
      ...{ planar: false, description: '', tiled: false, pieceColumns: 7, pieceRows: 9, offsets: [], lengths: [] },
    });
  expect(pages).toHaveLength(2);
});

it('reads pieces across and down, cut off at the edges of the page', async () => {
  // Strips of one row, and tiles of 2 x 1 of which the right ones reach beyond the page.
  const grey: Tag[] = [[256, 3, 3], [257, 3, 2], [258, 3, 16], [262, 3, 1]]; // biome-ignore format: a row
  const strips: Tag[] = [...grey, [273, 4, 14, 8], [278, 3, 1], [279, 4, 6, 6]];
  expect((await readImage(save(tiff([strips], bytes(true))))).data).toEqual(
    Uint16Array.of(900, 1200, 1500, 0, 300, 600),
  );
  const tiles: Tag[] = [...grey, [322, 3, 2], [323, 3, 1], [324, 4, 8, 12, 16, 20], [325, 4, 4, 4, 4, 4]];
  expect((await readImage(save(tiff([tiles], bytes(true))))).data).toEqual(
    Uint16Array.of(0, 300, 600, 1200, 1500, 1800),
  );
});

describe('refuses', () => {
  const refused = async (content: Buffer, message: RegExp) => {
    await expect(readImage(save(content))).rejects.toThrow(message);
    await expect(readImage(path)).rejects.toMatchObject({ tag: 'bad-image' });
  };
  const changed = (at: number, value: number, size = 1) => {
    const content = tiff([page(8)], bytes(true));
    content.writeUIntLE(value, at, size);
    return content;
  };

  it('files without a mark, a version or a page', async () => {
    await refused(changed(0, 0x4d), /not a TIFF file/);
    await refused(changed(2, 44), /not a TIFF file/);
    await refused(tiff([], bytes(true)), /holds no pages/);
    await refused(tiff([page(8)], bytes(true)).subarray(0, 7), /not a TIFF file/);
  });

  it('voxels beyond the end, even by one byte', async () => {
    const whole = tiff([page(8)], bytes(true));
    const [end] = [whole.length];
    const at = (offset: number) => tiff([page(offset)], bytes(true));
    expect((await readImage(save(at(end - 12)))).shape).toEqual([1, 2, 3]);
    await refused(at(end - 11), /not a TIFF file/);
  });

  it('tags of an unknown type', async () => {
    await refused(tiff([[[256, 5, 3]]], bytes(true)), /not a TIFF file/);
  });

  it('pages that differ, naming the first other one', async () => {
    const other = page(20).map((tag): Tag => (tag[0] === 256 ? [256, 3, 2] : tag));
    await refused(tiff([page(8), other], bytes(true)), /page 2 has 2 x 2 pixels of 16 bits, its first 3 x 2 of 16/);
  });

  it('pieces that are not all there, or too short', async () => {
    const of = (change: Tag[]) => {
      const tags = page(8).filter(([tag]) => change.every(([other]) => other !== tag));
      return tiff([[...tags, ...change]], bytes(true));
    };
    await refused(of([[278, 3, 1]]), /some of its strips or tiles of 3 x 1 pixels are missing/);
    await refused(of([[279, 4, 11]]), /a strip or tile of 12 bytes has only 11/);
    await refused(of([[317, 3, 4]]), /unknown predictor, 4/);
    await refused(of([[257, 4, 2 ** 20]]), /pixels do not fit into 12 bytes/);
    await refused(of([[277, 3, 3], [262, 3, 2]]), /3 numbers per voxel \(colours\)/); // biome-ignore format: a row
    await refused(of([[277, 3, 2]]), /2 numbers per voxel \(samples\)/);
  });
});
