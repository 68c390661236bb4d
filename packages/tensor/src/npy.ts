import { bytesOf, type StoredTensor } from './dtype.ts';
import { concatenate, ElementSink, elementPieces, elementsFromBytes, storedDtype } from './elements.ts';
import { badNpy, decodeNpyHeader, encodeNpyHeader, NPY_HEAD_BYTES, type NpyHeader } from './npy-header.ts';
import { fromColumnMajor, sizeOf } from './tensor.ts';

/** A tensor read from a file. `dtype` is the stored type, so that writing it again preserves float16 and bool. */
export type ReadTensor = Required<StoredTensor>;

/**
 * Decodes a .npy array; column-major arrays are converted to row-major. float16 becomes a Float32Array and bool a
 * Uint8Array, both with their `dtype`. The array may share memory with `bytes`.
 *
 * @param where - file name for error messages
 * @throws NnUNetError 'bad-npy' for data that are not a .npy file, an unsupported type (objects are never read), or a
 *   length that contradicts the header
 */
export function decodeNpy(bytes: Uint8Array, where = '.npy data'): ReadTensor {
  const header = decodeNpyHeader(bytes, where);
  checkNpyLength(header, bytes.length, where);
  const body = bytes.subarray(header.dataOffset, header.dataOffset + header.dataBytes);
  const data = elementsFromBytes(body, header.dtype, header.bigEndian);
  const { shape, dtype } = header;
  return { data: header.fortranOrder ? fromColumnMajor(data, shape) : data, shape, dtype };
}

/** Throws 'bad-npy' unless a file of `length` bytes contains exactly what its header declares. */
export function checkNpyLength(header: NpyHeader, length: number, where: string): void {
  const expected = header.dataOffset + header.dataBytes;
  if (length === expected) return;
  const shape = `shape (${header.shape.join(', ')}) of ${header.dtype}`;
  throw badNpy(
    where,
    `has ${length} bytes, but ${shape} needs ${expected}: it is ${length < expected ? 'cut off' : 'too long'}`,
  );
}

/**
 * Encodes a tensor as a .npy file, like numpy.save: little endian, row-major. With `dtype` 'float16', a Float32Array is
 * rounded to half floats; with 'bool', a Uint8Array is stored as Booleans.
 *
 * @throws TypeError if shape, array and dtype are inconsistent
 */
export function encodeNpy(tensor: StoredTensor): Uint8Array {
  const { head, pieces } = npyPieces(tensor);
  return concatenate([head, ...pieces]);
}

/**
 * Yields the bytes of {@link encodeNpy} in pieces, so that large arrays are not copied; arrays of 4 GiB and more cannot
 * be.
 */
export function npyPieces(tensor: StoredTensor): { head: Uint8Array; pieces: Iterable<Uint8Array>; size: number } {
  const dtype = storedDtype(tensor);
  const head = encodeNpyHeader(tensor.shape, dtype);
  return {
    head,
    pieces: elementPieces(tensor.data, dtype),
    size: head.length + tensor.data.length * bytesOf[dtype],
  };
}

/** Decodes a .npy file of any size from pieces, like {@link decodeNpy}. */
export class NpySink {
  #head = new Uint8Array();
  #header: NpyHeader | undefined;
  #elements: ElementSink | undefined;
  readonly #size: number;
  readonly #where: string;

  /** @param size size of the whole file in bytes */
  constructor(size: number, where: string) {
    this.#size = size;
    this.#where = where;
  }

  add(piece: Uint8Array): void {
    if (this.#elements) {
      this.#elements.add(piece);
      return;
    }
    this.#head = concatenate([this.#head, piece]);
    if (this.#head.length >= Math.min(this.#size, NPY_HEAD_BYTES)) this.#start();
  }

  #start(): ElementSink {
    const header = decodeNpyHeader(this.#head, this.#where);
    checkNpyLength(header, this.#size, this.#where);
    this.#header = header;
    this.#elements = new ElementSink(header, sizeOf(header.shape));
    this.#elements.add(this.#head.subarray(header.dataOffset));
    return this.#elements;
  }

  finish(): ReadTensor {
    const { data } = this.#elements ?? this.#start();
    const { shape, dtype, fortranOrder } = this.#header!;
    return { data: fortranOrder ? fromColumnMajor(data, shape) : data, shape, dtype };
  }
}
