import { concatenate } from '@nnunet/tensor/internal';
import { EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN, ITEM, LONG_LENGTH } from './dicom-file.ts';
import { ELEMENTS, type Keyword } from './dictionary.ts';

/**
 * Values by keyword: text (several values as a list), numbers, bytes, or the items of a sequence. `undefined` leaves the
 * element out; '' writes it without a value.
 */
export type DataSet = { readonly [K in Keyword]?: DicomValue };
type DicomValue = string | number | readonly string[] | readonly number[] | Uint8Array | readonly DataSet[];

/** Identifies the software that wrote a file (0002,0012). */
const IMPLEMENTATION = '2.25.38387232817531384090856142407562400852';
const UTF8 = new TextEncoder();

export interface WriteOptions {
  /**
   * Whether elements name their value representation. Without it, text may be longer than 65,534 bytes, as that of
   * contours is.
   */
  explicit: boolean;
}

/** Encodes a DICOM file, little endian. Text is written in UTF-8, which SpecificCharacterSet then states. */
export function writeDicom(dataSet: DataSet, { explicit }: WriteOptions): Uint8Array {
  const meta = encode(
    {
      FileMetaInformationVersion: Uint8Array.of(0, 1),
      MediaStorageSOPClassUID: dataSet.SOPClassUID,
      MediaStorageSOPInstanceUID: dataSet.SOPInstanceUID,
      TransferSyntaxUID: explicit ? EXPLICIT_LITTLE_ENDIAN : IMPLICIT_LITTLE_ENDIAN,
      ImplementationClassUID: IMPLEMENTATION,
      ImplementationVersionName: 'NNUNET_TS',
    },
    true,
  );
  const length = encode({ FileMetaInformationGroupLength: meta.length }, true);
  const mark = new Uint8Array(132);
  mark.set(UTF8.encode('DICM'), 128);
  const body = encode({ ...dataSet, SpecificCharacterSet: 'ISO_IR 192' }, explicit);
  return concatenate([mark, length, meta, body]);
}

/** A unique identifier that nobody else has. */
export function newUid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return `2.25.${bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)}`;
}

/** Formats a number as precisely as the 16 characters of a decimal string (DS) allow, without an exponent. */
export function decimalString(value: number): string {
  for (let digits = 14; digits >= 0; digits--) {
    const text = value.toFixed(digits);
    if (text.length > 16) continue;
    const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
    return short === '-0' ? '0' : short;
  }
  throw new RangeError(`${value} does not fit into a decimal string`);
}

function encode(dataSet: DataSet, explicit: boolean): Uint8Array {
  const parts: Uint8Array[] = [];
  const entries = Object.entries(dataSet) as [Keyword, DicomValue | undefined][];
  for (const [keyword, value] of entries.sort(([a], [b]) => ELEMENTS[a][0] - ELEMENTS[b][0])) {
    if (value === undefined) continue;
    const [tag, vr] = ELEMENTS[keyword];
    const content = contentOf(vr, value, explicit);
    parts.push(header(tag, explicit ? vr : null, content.length), content);
  }
  return concatenate(parts);
}

function contentOf(vr: string, value: DicomValue, explicit: boolean): Uint8Array {
  if (value instanceof Uint8Array) return evenLength(value, 0);
  if (vr === 'SQ') {
    const items = (value as readonly DataSet[]).map((item) => encode(item, explicit));
    return concatenate(items.flatMap((content) => [header(ITEM, null, content.length), content]));
  }
  const values = Array.isArray(value) ? (value as readonly (string | number)[]) : [value as string | number];
  if (vr === 'US') return littleEndian(2, values.map(Number));
  if (vr === 'UL') return littleEndian(4, values.map(Number));
  // A tag is two numbers: group and element.
  if (vr === 'AT')
    return littleEndian(
      2,
      values.flatMap((tag) => [Number(tag) >>> 16, Number(tag) & 0xffff]),
    );
  return textOf(vr, values.map(String));
}

/** Characters that text of a representation may have; more are cut off. */
const MAX_CHARACTERS: Readonly<Record<string, number>> = { LO: 64, SH: 16 };

function textOf(vr: string, values: readonly string[]): Uint8Array {
  const most = MAX_CHARACTERS[vr];
  // A backslash separates values.
  const fitting = (text: string) => [...text.replace(/[\\\p{Cc}]/gu, ' ')].slice(0, most).join('').trim();
  const bytes = UTF8.encode((most === undefined ? values : values.map(fitting)).join('\\'));
  return evenLength(bytes, vr === 'UI' ? 0 : 0x20);
}

function evenLength(bytes: Uint8Array, padding: number): Uint8Array {
  return bytes.length % 2 === 0 ? bytes : concatenate([bytes, Uint8Array.of(padding)]);
}

/** @param vr null for an item, and where the transfer syntax is implicit */
function header(tag: number, vr: string | null, length: number): Uint8Array {
  const long = vr !== null && LONG_LENGTH.has(vr);
  const bytes = new Uint8Array(long ? 12 : 8);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, tag >>> 16, true);
  view.setUint16(2, tag & 0xffff, true);
  if (vr !== null) bytes.set(UTF8.encode(vr), 4);
  if (vr === null) view.setUint32(4, length, true);
  else if (long) view.setUint32(8, length, true);
  else if (length > 0xfffe) throw new RangeError(`${length} bytes do not fit into an element of ${vr}`);
  else view.setUint16(6, length, true);
  return bytes;
}

function littleEndian(width: 2 | 4, values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * width));
  values.forEach((value, i) => {
    if (width === 2) view.setUint16(i * 2, value, true);
    else view.setUint32(i * 4, value, true);
  });
  return new Uint8Array(view.buffer);
}
