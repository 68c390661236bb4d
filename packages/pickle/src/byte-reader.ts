import { PickleFault } from './bad-pickle.ts';

/** Reads numbers, lines and strings in sequence, never beyond the end. */
export class ByteReader {
  at: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  /** Skips `count` bytes and returns where they start. */
  skip(count: number): number {
    const start = this.at;
    if (!(count <= this.#bytes.length - start)) {
      throw new PickleFault(`${count} bytes expected, but only ${this.#bytes.length - start} are left`, true);
    }
    this.at = start + count;
    return start;
  }

  uint8(): number {
    return this.#view.getUint8(this.skip(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.skip(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.skip(4), true);
  }

  /** As a number, which is inexact above 2^53 but then exceeds any limit. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.skip(8), true));
  }

  /** Big-endian, as BINFLOAT has it. */
  float64(): number {
    return this.#view.getFloat64(this.skip(8), false);
  }

  /** Returns a view of the next `length` bytes. */
  block(length: number, limit: number): Uint8Array {
    if (!(length <= limit)) throw new PickleFault(`a block of ${length} bytes; at most ${limit} are allowed`);
    const start = this.skip(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** Decodes UTF-8; unpaired surrogates, which Python strings may contain, are kept. */
  text(length: number, limit: number): string {
    const bytes = this.block(length, limit);
    try {
      return this.#text.decode(bytes);
    } catch {
      return decodeWithSurrogates(bytes);
    }
  }

  /** Two's complement, little endian: a number if exact, otherwise a bigint. */
  integer(length: number, limit: number): number | bigint {
    const bytes = this.block(length, limit);
    let value = 0n;
    for (const byte of bytes.slice().reverse()) value = (value << 8n) | BigInt(byte);
    if ((bytes.at(-1) ?? 0) & 0x80) value -= 1n << BigInt(8 * length);
    return exactInteger(value);
  }

  /** Reads a name up to the end of the line. */
  line(limit: number): string {
    const stop = this.#bytes.indexOf(10, this.at);
    if (stop < 0) throw new PickleFault('a name that ends with a line break expected', true);
    const name = this.text(stop - this.at, limit);
    this.at = stop + 1;
    return name;
  }
}

/** Converts to a number if that is exact; otherwise returns the bigint. */
export function exactInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** UTF-8 in which surrogates are encoded one by one (Python's 'surrogatepass'). */
function decodeWithSurrogates(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i]!;
    const extra = first < 0x80 ? 0 : first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    let code = extra === 0 ? first : first & (0x3f >> extra);
    for (let k = 1; k <= extra; k++) {
      const next = bytes[i + k];
      if (next === undefined || (next & 0xc0) !== 0x80) throw new PickleFault('a string that is not UTF-8');
      code = (code << 6) | (next & 0x3f);
    }
    const least = [0, 0x80, 0x800, 0x10000][extra]!;
    if ((first >= 0x80 && first < 0xc0) || first > 0xf4 || code < least || code > 0x10ffff) {
      throw new PickleFault('a string that is not UTF-8');
    }
    text += String.fromCodePoint(code);
    i += extra + 1;
  }
  return text;
}
