import { allocate, bytesOf, type Dtype, dtypeOf, fits, type StoredTensor } from './dtype.ts';
import { float16ToFloat32, float32ToFloat16 } from './half.ts';
import { sizeOf, type TypedArray } from './tensor.ts';

/**
 * Converts bytes from a file to elements. `bytes` must contain exactly the elements. Shares memory with `bytes` if type
 * and alignment allow.
 */
export function elementsFromBytes(bytes: Uint8Array, dtype: Dtype, bigEndian = false): TypedArray {
  const width = bytesOf[dtype];
  const size = bytes.byteLength / width;
  if (bigEndian && width > 1) {
    const own = new Uint8Array(bytes);
    swapBytes(own, width);
    return elementsFromBytes(own, dtype);
  }
  if (dtype === 'bool') {
    const flags = new Uint8Array(size);
    for (let i = 0; i < size; i++) flags[i] = bytes[i] === 0 ? 0 : 1;
    return flags;
  }
  const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  if (dtype === 'float16') return float16ToFloat32(new Uint16Array(aligned.buffer, aligned.byteOffset, size));
  const Type = allocate(dtype, 0).constructor as new (b: ArrayBufferLike, o: number, n: number) => TypedArray;
  return new Type(aligned.buffer, aligned.byteOffset, size);
}

/** Reverses the byte order of each element, in place. */
export function swapBytes(bytes: Uint8Array, width: number): void {
  for (let start = 0; start + width <= bytes.length; start += width) {
    for (let i = start, j = start + width - 1; i < j; i++, j--) {
      const byte = bytes[i]!;
      bytes[i] = bytes[j]!;
      bytes[j] = byte;
    }
  }
}

/** Returns the type that a tensor is stored as. Throws a TypeError if `dtype`, shape and array are inconsistent. */
export function storedDtype(tensor: StoredTensor): Dtype {
  const dtype = tensor.dtype ?? dtypeOf(tensor.data);
  if (!fits(tensor.data, dtype)) {
    throw new TypeError(`an array of ${dtypeOf(tensor.data)} cannot be stored as ${dtype}`);
  }
  if (sizeOf(tensor.shape) !== tensor.data.length) {
    throw new TypeError(`shape (${tensor.shape.join(', ')}) does not fit ${tensor.data.length} elements`);
  }
  return dtype;
}

/** Bytes per piece. Unlike an array of numbers, an array of bytes is limited to 4 GiB. */
const PIECE_BYTES = 2 ** 26;

/** Yields the little-endian bytes of the elements in pieces. Shares memory with the array, except for float16. */
export function* elementPieces(data: TypedArray, dtype: Dtype): Generator<Uint8Array> {
  const count = PIECE_BYTES / 8;
  for (let at = 0; at < data.length; at += count) {
    const piece = data.subarray(at, Math.min(at + count, data.length));
    const source = dtype === 'float16' ? float32ToFloat16(piece as Float32Array) : piece;
    yield new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  }
}

/** Collects elements from byte pieces of any length, like {@link elementsFromBytes}. */
export class ElementSink {
  readonly data: TypedArray;
  readonly #dtype: Dtype;
  readonly #bigEndian: boolean;
  #rest = new Uint8Array();
  #at = 0;

  constructor({ dtype, bigEndian = false }: { dtype: Dtype; bigEndian?: boolean }, count: number) {
    this.data = allocate(dtype, count);
    this.#dtype = dtype;
    this.#bigEndian = bigEndian;
  }

  /** @throws RangeError if there are too many bytes */
  add(piece: Uint8Array): void {
    const bytes = this.#rest.length > 0 ? concatenate([this.#rest, piece]) : piece;
    const width = bytesOf[this.#dtype];
    const whole = bytes.length - (bytes.length % width);
    const elements = elementsFromBytes(bytes.subarray(0, whole), this.#dtype, this.#bigEndian);
    (this.data as Float32Array).set(elements as Float32Array, this.#at);
    this.#at += elements.length;
    this.#rest = bytes.slice(whole);
  }
}

/** Concatenates byte arrays. */
export function concatenate(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}
