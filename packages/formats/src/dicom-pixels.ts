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

const PIXELS = 0x7fe00010;
const ITEM = 0xfffee000;
const SEQUENCE_END = 0xfffee0dd;
const UNDEFINED = 0xffffffff;
/** Value representations with a four-byte length, after two reserved bytes. */
const LONG = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);
const DEFLATED = '1.2.840.10008.1.2.1.99';
const MAX_DEPTH = 32;

/**
 * Walks through the elements of a DICOM file up to its pixels. GDCM silently fills in missing pixels.
 *
 * @returns null if no pixels are found, which is left to the reader
 */
export function dicomPixels(bytes: Uint8Array): DicomPixels | null {
  const walk = new Walk(bytes);
  try {
    return walk.toPixels();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

interface Element {
  tag: number;
  vr: string;
  length: number;
  /** Offset of the value. */
  at: number;
}

class Walk {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #numbers = new Map<number, number>();
  #little = true;
  #explicit = true;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  toPixels(): DicomPixels | null {
    let at = this.#text(128, 4) === 'DICM' ? 132 : 0;
    if (at === 0) {
      this.#explicit = /^[A-Z]{2}$/.test(this.#text(4, 2));
    } else {
      let syntax = '';
      // The file's own group is always explicit little endian.
      for (;;) {
        if (this.#view.getUint16(at, true) !== 0x0002) break;
        const element = this.#element(at);
        if (element.tag === 0x00020010) syntax = this.#text(element.at, element.length).replace(/[\0 ]+$/, '');
        at = element.at + element.length;
      }
      if (syntax === DEFLATED) return null;
      this.#explicit = syntax !== '1.2.840.10008.1.2';
      this.#little = syntax !== '1.2.840.10008.1.2.2';
    }
    while (at + 8 <= this.#bytes.length) {
      const element = this.#element(at);
      if (element.tag === PIXELS) return this.#pixels(element);
      this.#keep(element);
      at = this.#after(element, 0);
    }
    return null;
  }

  #element(at: number): Element {
    const tag = this.#view.getUint16(at, this.#little) * 65536 + this.#view.getUint16(at + 2, this.#little);
    const vr = this.#text(at + 4, 2);
    if (!this.#explicit || tag >= ITEM) {
      return { tag, vr: '', length: this.#view.getUint32(at + 4, this.#little), at: at + 8 };
    }
    if (LONG.has(vr)) return { tag, vr, length: this.#view.getUint32(at + 8, this.#little), at: at + 12 };
    return { tag, vr, length: this.#view.getUint16(at + 6, this.#little), at: at + 8 };
  }

  #keep({ tag, length, at }: Element): void {
    if (tag === 0x00280008) this.#numbers.set(tag, Number(this.#text(at, length).trim()) || 1);
    else if ([0x00280002, 0x00280010, 0x00280011, 0x00280100].includes(tag) && length === 2)
      this.#numbers.set(tag, this.#view.getUint16(at, this.#little));
  }

  /** Offset of the next element. */
  #after({ length, at }: Element, depth: number): number {
    if (length !== UNDEFINED) return at + length;
    if (depth > MAX_DEPTH) throw new RangeError('too deep');
    // Items until the end of the sequence; those of undefined length contain elements.
    for (let next = at; ; ) {
      const item = this.#element(next);
      if (item.tag === SEQUENCE_END) return item.at;
      if (item.tag !== ITEM) throw new RangeError('no item');
      next = item.length === UNDEFINED ? this.#afterItem(item.at, depth) : item.at + item.length;
    }
  }

  #afterItem(start: number, depth: number): number {
    for (let next = start; ; ) {
      const element = this.#element(next);
      if (element.tag === 0xfffee00d) return element.at;
      next = this.#after(element, depth + 1);
    }
  }

  #pixels({ length, at }: Element): DicomPixels | null {
    const get = (tag: number, fallback: number) => this.#numbers.get(tag) ?? fallback;
    const [rows, columns, samples] = [get(0x00280010, 0), get(0x00280011, 0), get(0x00280002, 1)];
    if (length === UNDEFINED) {
      return { rows, columns, expected: null, found: this.#bytes.length - at, cutOff: !this.#isWhole(at) };
    }
    const found = Math.min(length, Math.max(0, this.#bytes.length - at));
    const bits = get(0x00280100, 16) * rows * columns * get(0x00280008, 1);
    const expected = samples === 1 ? Math.ceil(bits / 8) : null;
    return { rows, columns, expected, found, cutOff: found < length };
  }

  /** Whether every item of compressed pixels lies within the file; some writers omit the final delimiter. */
  #isWhole(start: number): boolean {
    let at = start;
    while (at < this.#bytes.length) {
      if (at + 8 > this.#bytes.length) return false;
      const item = this.#element(at);
      if (item.tag !== ITEM) break;
      at = item.at + item.length;
    }
    return at <= this.#bytes.length;
  }

  #text(at: number, length: number): string {
    return String.fromCharCode(...this.#bytes.subarray(at, at + Math.min(length, 128)));
  }
}
