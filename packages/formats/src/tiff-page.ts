import type { StoredType } from '@nnunet/volume/internal';
import { badImage } from './bad-image.ts';

/** Maximum length of an XML element that is examined, in characters. */
const MAX_ELEMENT = 4096;

/** The relevant entries of one page's directory in a TIFF file. */
export interface TiffPage {
  columns: number;
  rows: number;
  /** Bits of each sample. */
  bits: number[];
  compression: number;
  /** 0: white is 0; 1: black is 0; 2: RGB; 3: palette; … */
  photometric: number;
  samples: number;
  /** Whether the samples of a pixel are stored apart, one plane after the other. */
  planar: boolean;
  /** 1: unsigned, 2: signed, 3: floating point. */
  sampleFormat: number;
  predictor: number;
  description: string;
  /** Size of a piece: a tile, or a strip as wide as the page. */
  pieceColumns: number;
  pieceRows: number;
  tiled: boolean;
  /** Offsets of the pieces, row by row. */
  offsets: number[];
  lengths: number[];
}

/** Returns the number type of a greyscale page; null for other pages. */
export function greyType(page: TiffPage): StoredType | null {
  return page.samples === 1 && page.photometric === 1 ? sampleType(page) : null;
}

/** Returns the number type of the samples of a page, all of one; null for other pages. */
export function sampleType({ bits, sampleFormat }: TiffPage): StoredType | null {
  if (bits.length !== 1) return null;
  const prefix = { 1: 'uint', 2: 'int', 3: 'float' }[sampleFormat];
  const type = `${prefix}${bits[0]}`;
  return /^(u?int(8|16|32)|float(32|64))$/.test(type) ? (type as StoredType) : null;
}

/** @throws NnUNetError 'bad-image' for pages of different sizes or types */
export function requireAlike(pages: readonly TiffPage[], where: string): void {
  const key = ({ columns, rows, bits, samples, photometric, sampleFormat }: TiffPage) =>
    [columns, rows, bits.join(), samples, photometric, sampleFormat].join('|');
  const [first] = pages as [TiffPage];
  const other = pages.findIndex((page) => key(page) !== key(first));
  if (other < 0) return;
  const { columns, rows, bits } = pages[other]!;
  const found = `page ${other + 1} has ${columns} x ${rows} pixels of ${bits.join()} bits`;
  const what = `${found}, its first ${first.columns} x ${first.rows} of ${first.bits.join()}`;
  throw badImage(where, what, 'Export it again, all pages of the same size and type.');
}

/**
 * Checks the descriptions of OME-TIFF and ImageJ files: channels and time steps are not slices.
 *
 * @throws NnUNetError 'bad-image'
 */
export function requireSlicesAlone(description: string, pages: number, where: string): void {
  const { channels, frames, slices, images } = stackIn(description);
  const remedy = 'Store each channel and each time step as a separate image.';
  if (channels > 1) {
    throw badImage(where, `holds ${channels} channels of ${slices * frames} planes, not one stack of slices`, remedy);
  }
  if (frames > 1 && slices > 1) {
    throw badImage(where, `holds ${frames} time steps of ${slices} planes, not one stack of slices`, remedy);
  }
  requireDirectories(images, pages, where);
}

/** Files of ImageJ beyond 4 GB have a directory for the first image alone. @throws NnUNetError 'bad-image' */
export function requireDirectories(images: number, pages: number, where: string): void {
  if (images <= pages) return;
  const what = `claims to contain ${images} images, but only ${pages} have a directory`;
  throw badImage(where, what, 'Export it as a plain TIFF stack, for example as BigTIFF.');
}

/** What a description of OME-TIFF or ImageJ says of a file: 1 where it says nothing. */
export function stackIn(description: string): { channels: number; frames: number; slices: number; images: number } {
  const number = (text: string | undefined) => Math.max(1, Number(text ?? 1) || 1);
  if (description.startsWith('ImageJ=')) {
    const count = (key: string) => number(new RegExp(`^${key}=(\\d+)`, 'm').exec(description)?.[1]);
    return { channels: count('channels'), frames: count('frames'), slices: count('slices'), images: count('images') };
  }
  const at = description.search(/[<:]Pixels\s/);
  const [pixels = ''] = at < 0 ? [] : description.slice(at, at + MAX_ELEMENT).split('>');
  const size = (axis: string) => number(new RegExp(`\\bSize${axis}\\s*=\\s*["'](\\d+)`).exec(pixels)?.[1]);
  return { channels: size('C'), frames: size('T'), slices: size('Z'), images: 1 };
}
