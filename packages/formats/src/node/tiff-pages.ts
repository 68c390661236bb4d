import { type FileHandle, open } from 'node:fs/promises';
import { fileError } from '@nnunet/tensor/node/internal';
import { badImage } from '../bad-image.ts';
import type { TiffPage } from '../tiff-page.ts';

/** Bytes per number by TIFF type code: BYTE, ASCII, SHORT, LONG, IFD, LONG8, IFD8. */
const WIDTH: Readonly<Record<number, 1 | 2 | 4 | 8>> = { 1: 1, 2: 1, 3: 2, 4: 4, 13: 4, 16: 8, 18: 8 };
const SUBFILE = 254;
const DESCRIPTION = 270;
/** Tags with single numbers: sizes, types, compression. */
const NUMBERS = [256, 257, 258, 259, 262, 277, 278, 284, 317, 322, 323, 339];
/** Maximum number of values read per tag, except voxel offsets: bits and types of each sample. */
const MAX_SAMPLES = 64;
const MAX_DESCRIPTION = 2 ** 24;
/** Tags for the offsets and byte counts of strips and of tiles. */
const PLACES = [[273, 279], [324, 325]] as const; // biome-ignore format: a table
const MAX_PAGES = 1_000_000;

interface Layout {
  file: FileHandle;
  path: string;
  size: number;
  little: boolean;
  /** Bytes per offset: 4, or 8 in BigTIFF. */
  wide: 4 | 8;
  /**
   * Remaining numbers that lists may contain: in total no more than the file has bytes, however often directories share
   * them.
   */
  budget: number;
}

/** The full-size pages of a file, and its byte order. */
export interface TiffFile {
  pages: TiffPage[];
  bigEndian: boolean;
}

/**
 * Reads the full-size pages of a TIFF file (without previews), checking that every directory and all voxels lie within
 * the file. libtiff silently stops at the first unreadable directory, so a truncated file would yield only its first
 * slices.
 *
 * @throws NnUNetError 'bad-image', 'missing-file'
 */
export async function tiffPages(path: string): Promise<TiffFile> {
  const file = await open(path, 'r').catch((cause) => {
    throw fileError(cause, path);
  });
  try {
    const { size } = await file.stat();
    const head = await bytesAt({ file, path, size } as Layout, 0, 8);
    const order = String.fromCharCode(head.getUint8(0), head.getUint8(1));
    const little = order === 'II';
    const version = head.getUint16(2, little);
    if ((order !== 'II' && order !== 'MM') || (version !== 42 && version !== 43)) throw broken(path);
    const layout: Layout = { file, path, size, little, wide: version === 43 ? 8 : 4, budget: size };
    let at = version === 43 ? number(await bytesAt(layout, 8, 8), 0, layout, 8) : head.getUint32(4, little);
    const pages: TiffPage[] = [];
    const seen = new Set<number>();
    while (at !== 0) {
      if (seen.has(at) || seen.size >= MAX_PAGES) throw broken(path);
      seen.add(at);
      const { next, page } = await readPage(layout, at, pages.length === 0);
      if (page !== null) pages.push(page);
      at = next;
    }
    return { pages, bigEndian: !little };
  } finally {
    await file.close();
  }
}

/** One directory: count, entries (tag, type, count, value or offset), offset of the next. */
async function readPage(layout: Layout, at: number, first: boolean): Promise<{ next: number; page: TiffPage | null }> {
  const { wide, little, size, path } = layout;
  const countWidth = wide === 8 ? 8 : 2;
  const count = number(await bytesAt(layout, at, countWidth), 0, layout, countWidth);
  const entry = 4 + 2 * wide;
  const view = await bytesAt(layout, at + countWidth, count * entry + wide);
  const lists = new Map<number, number[]>();
  for (let i = 0; i < count; i++) {
    const tag = view.getUint16(i * entry, little);
    if (tag === SUBFILE || (first && tag === DESCRIPTION) || [...NUMBERS, ...PLACES.flat()].includes(tag)) {
      const most = tag === DESCRIPTION ? MAX_DESCRIPTION : NUMBERS.includes(tag) ? MAX_SAMPLES : layout.size;
      lists.set(tag, await numbersOf(layout, view, i * entry, most));
    }
  }
  for (const [offsets, counts] of PLACES) {
    const lengths = lists.get(counts) ?? [];
    lists.get(offsets)?.forEach((offset, i) => {
      if (offset + (lengths[i] ?? 0) > size) throw broken(path);
    });
  }
  // Bit 0: a reduced version of another page.
  const full = ((lists.get(SUBFILE)?.[0] ?? 0) & 1) === 0;
  return { next: number(view, count * entry, layout, wide), page: full ? pageFrom(lists) : null };
}

function pageFrom(lists: ReadonlyMap<number, number[]>): TiffPage {
  const first = (tag: number, fallback: number) => lists.get(tag)?.[0] ?? fallback;
  const [columns, rows, samples] = [first(256, 0), first(257, 0), first(277, 1)];
  const tiled = lists.has(324);
  return {
    columns,
    rows,
    samples,
    bits: [...new Set(lists.get(258) ?? [1])],
    compression: first(259, 1),
    photometric: first(262, 1),
    planar: first(284, 1) === 2,
    sampleFormat: first(339, 1),
    predictor: first(317, 1),
    description: textOf(lists.get(DESCRIPTION) ?? []),
    tiled,
    pieceColumns: tiled ? first(322, columns) : columns,
    pieceRows: tiled ? first(323, rows) : Math.min(rows, first(278, rows)),
    offsets: lists.get(tiled ? 324 : 273) ?? [],
    lengths: lists.get(tiled ? 325 : 279) ?? [],
  };
}

/** Decodes text up to its terminator. */
function textOf(bytes: readonly number[]): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.slice(0, end)).toString('utf8');
}

async function numbersOf(layout: Layout, view: DataView, at: number, most: number): Promise<number[]> {
  const { little, wide } = layout;
  const width = WIDTH[view.getUint16(at + 2, little)];
  const stated = number(view, at + 4, layout, wide);
  const count = Math.min(stated, most);
  if (width === undefined || count * width > layout.size) throw broken(layout.path);
  layout.budget -= count;
  if (layout.budget < 0) throw broken(layout.path);
  const inside = stated * width <= wide;
  const place = at + 4 + wide;
  const values = inside ? view : await bytesAt(layout, number(view, place, layout, wide), count * width);
  return Array.from({ length: count }, (_, i) => number(values, (inside ? place : 0) + i * width, layout, width));
}

function number(view: DataView, at: number, { little }: Layout, width: 1 | 2 | 4 | 8): number {
  if (width === 1) return view.getUint8(at);
  if (width === 2) return view.getUint16(at, little);
  return width === 4 ? view.getUint32(at, little) : Number(view.getBigUint64(at, little));
}

async function bytesAt({ file, path, size }: Layout, at: number, length: number): Promise<DataView> {
  if (at + length > size) throw broken(path);
  const bytes = new Uint8Array(length);
  const { bytesRead } = await file.read(bytes, 0, length, at);
  if (bytesRead < length) throw broken(path);
  return new DataView(bytes.buffer);
}

function broken(path: string) {
  return badImage(path, 'cannot be read: it is damaged, cut off or not a TIFF file', 'Copy or export it again.');
}
