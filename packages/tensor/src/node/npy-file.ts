import { type FileHandle, open } from 'node:fs/promises';
import { copyRows } from '../copy-box.ts';
import { allocate, bytesOf, type Dtype, type StoredTensor } from '../dtype.ts';
import { ElementSink, elementsFromBytes } from '../elements.ts';
import { checkNpyLength, NpySink, npyPieces, type ReadTensor } from '../npy.ts';
import { badNpy, decodeNpyHeader, NPY_HEAD_BYTES, type NpyHeader } from '../npy-header.ts';
import { sizeOf, stridesOf, type TypedArray } from '../tensor.ts';
import { fileError } from './file-error.ts';
import { readFully, readPieces, withFile } from './read-file.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

/** Gaps of up to this many bytes between rows are read rather than skipped with a separate call. */
const BRIDGE_BYTES = 64 * 1024;

/** Larger arrays are read in pieces: a byte array holds at most 4 GiB, and copying so much is expensive. */
const AT_ONCE = 2 ** 26;

/** Reads a whole .npy file. Errors as in {@link decodeNpy}, and 'missing-file', 'no-access'. */
export function readNpyFile(path: string): Promise<ReadTensor> {
  return withFile(path, async (file, size) => {
    const sink = new NpySink(size, path);
    for await (const piece of readPieces(file, path, { start: 0, length: size })) sink.add(piece);
    return sink.finish();
  });
}

/** Writes a .npy file atomically. */
export async function writeNpyFile(path: string, tensor: StoredTensor): Promise<void> {
  const { head, pieces } = npyPieces(tensor);
  await writeFileAtomic(
    path,
    (function* () {
      yield head;
      yield* pieces;
    })(),
  );
}

/** An open .npy file, read by position: reading a patch costs about as much as its size. Close it after use. */
export class NpyFile {
  readonly path: string;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly #header: NpyHeader;
  readonly #file: FileHandle;

  constructor(path: string, header: NpyHeader, file: FileHandle) {
    this.path = path;
    this.shape = header.shape;
    this.dtype = header.dtype;
    this.#header = header;
    this.#file = file;
  }

  /** Reads `count` elements in row-major order, starting at element `start`. */
  async read(start: number, count: number): Promise<TypedArray> {
    const width = bytesOf[this.dtype];
    if (!(start >= 0 && count >= 0 && start + count <= sizeOf(this.shape))) {
      throw new RangeError(`elements ${start} to ${start + count} of ${this.path} do not exist`);
    }
    const at = this.#header.dataOffset + start * width;
    try {
      if (count * width > AT_ONCE) {
        const sink = new ElementSink(this.#header, count);
        const length = count * width;
        for await (const piece of readPieces(this.#file, this.path, { start: at, length })) sink.add(piece);
        return sink.data;
      }
      const bytes = new Uint8Array(count * width);
      await readFully(this.#file, this.path, bytes, at);
      return elementsFromBytes(bytes, this.dtype, this.#header.bigEndian);
    } catch (cause) {
      throw fileError(cause, this.path);
    }
  }

  /**
   * Reads the box from `lower` to `upper` (exclusive), one number per axis, within the array, as a row-major array of
   * the box's shape. Nearby rows are read in one call.
   */
  async readBox(lower: readonly number[], upper: readonly number[]): Promise<ReadTensor> {
    const { shape, dtype } = this;
    if (
      lower.length !== shape.length ||
      upper.length !== shape.length ||
      shape.some((n, a) => !(0 <= lower[a]! && lower[a]! <= upper[a]! && upper[a]! <= n))
    ) {
      throw new RangeError(`box ${lower} to ${upper} lies outside shape ${shape} of ${this.path}`);
    }
    const box = shape.map((_, a) => upper[a]! - lower[a]!);
    const out = allocate(dtype, sizeOf(box));
    if (out.length === 0) return { data: out, shape: box, dtype };
    const steps = stridesOf(shape);
    // Axes from `first` on are read as one span.
    let first = shape.length - 1;
    while (first > 0 && (steps[first - 1]! - box[first]! * steps[first]!) * bytesOf[dtype] <= BRIDGE_BYTES) first--;
    first = Math.max(0, first);
    const inner = sizeOf(box.slice(first));
    const rows = out.length / inner;
    const position = box.map(() => 0);
    for (let row = 0; row < rows; row++) {
      let start = 0;
      for (let a = 0; a < first; a++) start += (lower[a]! + position[a]!) * steps[a]!;
      let last = 0;
      for (let a = first; a < shape.length; a++) {
        start += lower[a]! * steps[a]!;
        last += (box[a]! - 1) * steps[a]!;
      }
      const span = await this.read(start, last + 1);
      copyRows(span, { steps: steps.slice(first), box: box.slice(first) }, out.subarray(row * inner));
      for (let a = first - 1; a >= 0 && ++position[a]! === box[a]; a--) position[a] = 0;
    }
    return { data: out, shape: box, dtype };
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/**
 * Opens a row-major .npy file for partial reading.
 *
 * @throws NnUNetError 'bad-npy' (also for column-major files with several axes), 'missing-file', 'no-access'
 */
export async function openNpy(path: string): Promise<NpyFile> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const { size } = await file.stat();
    const head = new Uint8Array(Math.min(size, NPY_HEAD_BYTES));
    await readFully(file, path, head, 0);
    const header = decodeNpyHeader(head, path);
    checkNpyLength(header, size, path);
    if (header.fortranOrder && header.shape.length > 1) {
      throw badNpy(path, 'is column-major and cannot be read in parts', 'Write it with numpy.ascontiguousarray.');
    }
    return new NpyFile(path, header, file);
  } catch (cause) {
    await file?.close();
    throw fileError(cause, path);
  }
}
