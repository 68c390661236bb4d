import { badImage } from '../bad-image.ts';
import { type DicomElement, DicomFile, ITEM, PIXEL_DATA, UNDEFINED_LENGTH } from './dicom-file.ts';
import { requireStatedIntensities } from './stated-intensities.ts';

/** What a DICOM file declares about its pixels, and how many bytes of them it contains. */
export interface DicomPixels {
  rows: number;
  columns: number;
  /** Bytes required for one greyscale image of that size, all frames; null for compressed pixels. */
  expected: number | null;
  found: number;
  /** Whether the file ends within its pixels. */
  cutOff: boolean;
}

const FRAMES = 0x00280008;
const [SAMPLES, ROWS, COLUMNS, BITS] = [0x00280002, 0x00280010, 0x00280011, 0x00280100] as const;

/**
 * Walks through the elements of a DICOM file up to its pixels. GDCM silently fills in missing pixels.
 *
 * @returns null if no pixels are found, which is left to the reader
 */
export function dicomPixels(bytes: Uint8Array): DicomPixels | null {
  const file = new DicomFile(bytes);
  const numbers = new Map<number, number>();
  try {
    for (const element of file.elements()) {
      const { tag, length, at } = element;
      if (tag === PIXEL_DATA) return pixelsOf(file, element, numbers);
      if (tag === FRAMES) numbers.set(tag, Number(file.text(at, length).trim()) || 1);
      else if ([SAMPLES, ROWS, COLUMNS, BITS].includes(tag as never) && length === 2) numbers.set(tag, file.uint16(at));
    }
    return null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/**
 * DICOM objects that are no images but often lie beside them, by the beginnings of their classes.
 *
 * Origin: DICOM PS3.6 A.
 */
const OTHER_OBJECTS: readonly (readonly [uid: string, name: string])[] = [
  ['1.2.840.10008.5.1.4.1.1.66.', 'a segmentation or registration'],
  ['1.2.840.10008.5.1.4.1.1.481.', 'an object of radiotherapy'],
  ['1.2.840.10008.5.1.4.1.1.88.', 'a report'],
  ['1.2.840.10008.5.1.4.1.1.11.', 'a presentation state'],
  ['1.2.840.10008.5.1.4.1.1.104.', 'a document'],
  ['1.2.840.10008.1.3.10', 'a table of contents (DICOMDIR)'],
];

/** Returns what a DICOM file is if it is no image; null for images, and for what cannot be read. */
function otherObject(bytes: Uint8Array): string | null {
  const file = new DicomFile(bytes);
  try {
    for (const { tag, length, at } of file.elements()) {
      if (tag < SOP_CLASS) continue;
      const uid = tag === SOP_CLASS ? file.text(at, length) : '';
      return OTHER_OBJECTS.find(([start]) => uid.startsWith(start))?.[1] ?? null;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return null;
}

const SOP_CLASS = 0x00080016;

/**
 * @throws NnUNetError 'bad-image' for a slice with fewer pixels than it declares, for what is no slice, and as
 *   {@link requireStatedIntensities}
 */
export function requirePixels(bytes: Uint8Array, where: string): void {
  const other = otherObject(bytes);
  if (other !== null) throw badImage(where, `is ${other}, not a slice`, 'Move it out of the folder of the series.');
  requireStatedIntensities(bytes, where);
  const pixels = dicomPixels(bytes);
  if (pixels === null) return;
  const { rows, columns, expected, found, cutOff } = pixels;
  const size = `${columns} x ${rows} pixels`;
  const remedy = 'Copy or export it again.';
  if (cutOff) throw badImage(where, `cannot be read: it is cut off within its ${size}`, remedy);
  if (expected === null || found >= expected) return;
  throw badImage(where, `has too few pixels: ${size} need ${expected} bytes, but there are ${found}`, remedy);
}

function pixelsOf(file: DicomFile, { length, at }: DicomElement, numbers: ReadonlyMap<number, number>): DicomPixels {
  const get = (tag: number, fallback: number) => numbers.get(tag) ?? fallback;
  const [rows, columns, samples] = [get(ROWS, 0), get(COLUMNS, 0), get(SAMPLES, 1)];
  const left = file.bytes.length - at;
  if (length === UNDEFINED_LENGTH) return { rows, columns, expected: null, found: left, cutOff: !isWhole(file, at) };
  const found = Math.min(length, Math.max(0, left));
  const bits = get(BITS, 16) * rows * columns * get(FRAMES, 1);
  const expected = samples === 1 ? Math.ceil(bits / 8) : null;
  return { rows, columns, expected, found, cutOff: found < length };
}

/** Whether every item of compressed pixels lies within the file; some writers omit the final delimiter. */
function isWhole(file: DicomFile, start: number): boolean {
  let at = start;
  while (at < file.bytes.length) {
    if (at + 8 > file.bytes.length) return false;
    const item = file.element(at);
    if (item.tag !== ITEM) break;
    at = item.at + item.length;
  }
  return at <= file.bytes.length;
}
