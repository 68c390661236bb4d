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
export function greyType({ bits, samples, photometric, sampleFormat }: TiffPage): StoredType | null {
  if (samples !== 1 || photometric !== 1 || bits.length !== 1) return null;
  const prefix = { 1: 'uint', 2: 'int', 3: 'float' }[sampleFormat];
  const type = `${prefix}${bits[0]}`;
  return /^(u?int(8|16|32)|float(32|64))$/.test(type) ? (type as StoredType) : null;
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
  if (images > pages) {
    const what = `claims to contain ${images} images, but only ${pages} have a directory`;
    throw badImage(where, what, 'Export it as a plain TIFF stack, for example as BigTIFF.');
  }
}

function stackIn(description: string): { channels: number; frames: number; slices: number; images: number } {
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
