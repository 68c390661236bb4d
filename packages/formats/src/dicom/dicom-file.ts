/** One data element of a DICOM file. */
export interface DicomElement {
  /** Group and element as one number: 0x00100010 is (0010,0010). */
  readonly tag: number;
  /** Value representation, such as 'DS'; '' in implicit files. */
  readonly vr: string;
  /** Bytes; {@link UNDEFINED_LENGTH} for sequences, and pixels, that end with a delimiter. */
  readonly length: number;
  /** Offset of the value. */
  readonly at: number;
}

export const UNDEFINED_LENGTH = 0xffffffff;
export const PIXEL_DATA = 0x7fe00010;
export const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
/** Value representations with a four-byte length, after two reserved bytes. */
export const LONG_LENGTH = new Set('OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split(' '));
export const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
export const IMPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2';
const EXPLICIT_BIG_ENDIAN = '1.2.840.10008.1.2.2';
const DEFLATED = '1.2.840.10008.1.2.1.99';
const TRANSFER_SYNTAX = 0x00020010;
const MAX_DEPTH = 32;

/** Whether "DICM" comes after a preamble of 128 bytes. */
export function hasDicomMark(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(128, 132)) === 'DICM';
}

/**
 * Whether bytes are the first ones of a DICOM file: "DICM" after a preamble of 128 bytes, or, in files without one, an
 * element of the group that begins each data set.
 */
export function isDicomStart(bytes: Uint8Array): boolean {
  if (hasDicomMark(bytes)) return true;
  const [group, upper, element = 0xff, page] = bytes;
  if (group !== 0x08 || upper !== 0 || page !== 0 || element > LAST_IDENTIFIER || bytes.length < 8) return false;
  return (
    /^[A-Z]{2}$/.test(String.fromCharCode(...bytes.subarray(4, 6))) ||
    (bytes[4]! <= 128 && bytes.subarray(5, 8).every((byte) => byte === 0))
  );
}

/** (0008,0018), the identifier that each data set has, if not in its first element. */
const LAST_IDENTIFIER = 0x18;

/** The elements of a DICOM file, of every transfer syntax except the deflated one. Reading beyond its end is a RangeError. */
export class DicomFile {
  readonly bytes: Uint8Array;
  /** UID of the transfer syntax; '' if the file does not say. Known once the first element is. */
  transferSyntax = '';
  readonly #view: DataView;
  #little = true;
  #explicit = true;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /**
   * Walks through the elements outside of sequences, up to the pixels, which are the last one. A deflated file has none.
   *
   * @throws RangeError if the bytes are no DICOM file, or end too early
   */
  *elements(): Generator<DicomElement> {
    const start = this.#start();
    if (start === null) return;
    for (let at = start; at + 8 <= this.bytes.length; ) {
      const element = this.element(at);
      yield element;
      if (element.tag === PIXEL_DATA) return;
      at = this.#after(element, 0);
    }
  }

  get littleEndian(): boolean {
    return this.#little;
  }

  /** The element at an offset. */
  element(at: number): DicomElement {
    const tag = this.uint16(at) * 65536 + this.uint16(at + 2);
    const vr = this.text(at + 4, 2);
    if (!this.#explicit || tag >= ITEM) return { tag, vr: '', length: this.#uint32(at + 4), at: at + 8 };
    if (LONG_LENGTH.has(vr)) return { tag, vr, length: this.#uint32(at + 8), at: at + 12 };
    return { tag, vr, length: this.uint16(at + 6), at: at + 8 };
  }

  uint16(at: number): number {
    return this.#view.getUint16(at, this.#little);
  }

  /** At most 128 bytes as Latin-1. */
  text(at: number, length: number): string {
    return String.fromCharCode(...this.bytes.subarray(at, at + Math.min(length, 128)));
  }

  /** Reads the file's own group, and returns where the data set begins; null if it is deflated. */
  #start(): number | null {
    if (!hasDicomMark(this.bytes)) {
      this.#explicit = /^[A-Z]{2}$/.test(this.text(4, 2));
      return 0;
    }
    let at = 132;
    // The file's own group is always explicit little endian.
    while (this.uint16(at) === 0x0002) {
      const element = this.element(at);
      if (element.tag === TRANSFER_SYNTAX)
        this.transferSyntax = this.text(element.at, element.length).replace(/[\0 ]+$/, '');
      at = element.at + element.length;
    }
    this.#explicit = this.transferSyntax !== IMPLICIT_LITTLE_ENDIAN;
    this.#little = this.transferSyntax !== EXPLICIT_BIG_ENDIAN;
    return this.transferSyntax === DEFLATED ? null : at;
  }

  #uint32(at: number): number {
    return this.#view.getUint32(at, this.#little);
  }

  /** Offset of the next element. */
  #after({ length, at }: DicomElement, depth: number): number {
    if (length !== UNDEFINED_LENGTH) return at + length;
    if (depth > MAX_DEPTH) throw new RangeError('too deep');
    // Items until the end of the sequence; those of undefined length contain elements.
    for (let next = at; ; ) {
      const item = this.element(next);
      if (item.tag === SEQUENCE_END) return item.at;
      if (item.tag !== ITEM) throw new RangeError('no item');
      next = item.length === UNDEFINED_LENGTH ? this.#afterItem(item.at, depth) : item.at + item.length;
    }
  }

  #afterItem(start: number, depth: number): number {
    for (let next = start; ; ) {
      const element = this.element(next);
      if (element.tag === ITEM_END) return element.at;
      next = this.#after(element, depth + 1);
    }
  }
}
