import { badImage } from '../bad-image.ts';
import { DicomFile } from './dicom-file.ts';
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
  const decode = textDecoder(asciiText(bytesOf('SpecificCharacterSet')));
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

const asciiText = (bytes: Uint8Array) => String.fromCharCode(...bytes);

/** Names of character sets in DICOM (PS3.3 C.12.1.1.2), without "ISO 2022" or "ISO_", and on the web. */
const CHARACTER_SETS: Readonly<Record<string, string>> = {
  'IR 100': 'iso-8859-1',
  'IR 101': 'iso-8859-2',
  'IR 109': 'iso-8859-3',
  'IR 110': 'iso-8859-4',
  'IR 144': 'iso-8859-5',
  'IR 127': 'iso-8859-6',
  'IR 126': 'iso-8859-7',
  'IR 138': 'iso-8859-8',
  'IR 148': 'iso-8859-9',
  'IR 203': 'iso-8859-15',
  'IR 166': 'windows-874',
  'IR 192': 'utf-8',
  'IR 13': 'shift_jis',
  'IR 87': 'iso-2022-jp',
  'IR 159': 'iso-2022-jp',
  'IR 149': 'euc-kr',
  'IR 58': 'gb18030',
  GBK: 'gb18030',
  GB18030: 'gb18030',
};

/**
 * Decodes text of the stated character sets. Of several, the last known one counts, which by the standard's examples is
 * that of the names written in it; the others then differ only in rare characters.
 */
function textDecoder(characterSets: string): (bytes: Uint8Array) => string {
  const known = characterSets
    .split('\\')
    .map((name) => CHARACTER_SETS[name.replace(/^ISO[_ ](2022 )?/, '').replace(/[\0 ]+$/, '')])
    .filter((name) => name !== undefined);
  const decoder = new TextDecoder(known.at(-1) ?? 'iso-8859-1');
  // The web's decoders know no escape sequences but those of Japanese sets.
  if (decoder.encoding === 'iso-2022-jp') return (bytes) => decoder.decode(bytes);
  return (bytes) =>
    decoder.decode(Uint8Array.from(asciiText(bytes).replace(ESCAPE_SEQUENCE, ''), (c) => c.charCodeAt(0)));
}

/** Switches between character sets, by ISO 2022. */
const ESCAPE_SEQUENCE = new RegExp(`${String.fromCharCode(27)}[ -/]+[0-~]`, 'g');
