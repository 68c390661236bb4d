import { badImage } from '../bad-image.ts';
import { latin1 } from '../latin1.ts';
import { DicomFile } from './dicom-file.ts';
import { textDecoder } from './dicom-text.ts';
import { ELEMENTS, type Keyword } from './dictionary.ts';
import { numbersOf } from './placed-slice.ts';

/** Longer values, such as those of private elements, are not kept. */
const MAX_BYTES = 16_384;

/** The values of a DICOM file outside of sequences and pixels, without the file's bytes. */
export interface DicomHeader {
  /** Text, without padding; '' if the element is missing. Several values are separated by backslashes. */
  text(keyword: Keyword): string;
  /** The numbers of a text; [] unless all are finite. */
  numbers(keyword: Keyword): number[];
  /** An unsigned integer of 16 bits; NaN if it is missing. */
  uint16(keyword: Keyword): number;
}

/**
 * Reads the header of a DICOM file.
 *
 * @param where names the file in messages
 * @throws NnUNetError 'bad-image' for other files, damaged ones, and those with a deflated data set
 */
export function dicomHeader(bytes: Uint8Array, where: string): DicomHeader {
  const values = new Map<number, Uint8Array>();
  const integers = new Map<number, number>();
  const file = new DicomFile(bytes);
  try {
    for (const { tag, length, at } of file.elements()) {
      if (length > MAX_BYTES || at + length > bytes.length) continue;
      values.set(tag, bytes.slice(at, at + length));
      if (length === 2) integers.set(tag, file.uint16(at));
    }
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    values.clear();
  }
  if (!values.has(ELEMENTS.SOPInstanceUID[0])) {
    const remedy = 'Use the files of a DICOM series as exported; decompress deflated ones, for example with dcmconv.';
    throw badImage(where, 'has no readable DICOM header: it is damaged, deflated or of another format', remedy);
  }
  const bytesOf = (keyword: Keyword) => values.get(ELEMENTS[keyword][0]) ?? new Uint8Array();
  const decode = textDecoder(latin1(bytesOf('SpecificCharacterSet')));
  const text = (keyword: Keyword) =>
    decode(bytesOf(keyword))
      .replace(/[\0 ]+$/, '')
      .trimStart();
  return {
    text,
    numbers: (keyword) => numbersOf(text(keyword)),
    uint16: (keyword) => integers.get(ELEMENTS[keyword][0]) ?? Number.NaN,
  };
}
