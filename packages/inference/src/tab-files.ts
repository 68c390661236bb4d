import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { bytesInWords, messageOf } from '@nnunet/errors/internal';
import type { TypedArray } from '@nnunet/tensor';
import { concatenate } from '@nnunet/tensor/internal';
import { type ImageGeometry, readNifti, readNiftiGeometry, readNiftiLabels, type Volume } from '@nnunet/volume';
import { gunzipPieces, isGzip } from '@nnunet/volume/internal';
import type { LabelMap } from './previous-stage.ts';
import type { FileSource, ImageSource } from './tab-protocol.ts';

/** The longest header of a NIfTI file. */
const HEAD_BYTES = 544;

export interface ReadOptions {
  /** File name or address for error messages. */
  where: string;
  maxBytes: number;
  signal: AbortSignal;
  /** Called with the bytes read so far, and with all of them or, if the server does not say, as many. */
  onProgress: (done: number, total: number) => void;
}

/**
 * Reads a file that the user gave, or one from an address.
 *
 * @throws NnUNetError 'missing-file' if it cannot be read, 'memory-limit' if it is larger than `maxBytes`; the signal's
 * reason when aborted
 */
export async function readSource(source: FileSource, options: ReadOptions): Promise<Uint8Array> {
  const { where, maxBytes, signal, onProgress } = options;
  if (source.kind === 'blob') {
    const bytes = await bytesOf(source.blob, where, maxBytes);
    onProgress(bytes.length, bytes.length);
    return bytes;
  }
  try {
    const response = await fetch(source.address, { signal });
    if (!response.ok || response.body === null) throw new Error(`the server answers ${response.status}`);
    const expected = Number(response.headers.get('content-length') ?? 0);
    const pieces: Uint8Array[] = [];
    let done = 0;
    for await (const piece of piecesOf(response.body)) {
      pieces.push(piece);
      done += piece.length;
      if (done > maxBytes) throw tooLarge(where, done, maxBytes);
      onProgress(done, Math.max(done, expected));
    }
    return concatenate(pieces);
  } catch (cause) {
    signal.throwIfAborted();
    throw isNnUNetError(cause) ? cause : unreadable(where, cause);
  }
}

/** Not every browser lets streams be iterated over. */
async function* piecesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value;
  } finally {
    await reader.cancel();
  }
}

async function bytesOf(blob: Blob, where: string, maxBytes: number): Promise<Uint8Array> {
  if (blob.size > maxBytes) throw tooLarge(where, blob.size, maxBytes);
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (cause) {
    throw unreadable(where, cause);
  }
}

/** An image or label map of the user; its voxels are read when they are needed. */
export class TabImage {
  readonly #source: ImageSource;
  readonly #maxBytes: number;
  #bytes: Promise<Uint8Array> | undefined;

  constructor(source: ImageSource, maxBytes: number) {
    this.#source = source;
    this.#maxBytes = maxBytes;
  }

  /** File name, if there is one. */
  get name(): string | undefined {
    return this.#source.kind === 'file' ? this.#source.name : undefined;
  }

  /** Reads no more than the header. @throws NnUNetError 'bad-nifti', 'missing-file', 'memory-limit' */
  async geometry(): Promise<ImageGeometry> {
    const source = this.#source;
    if (source.kind === 'volume') return source.volume;
    const bytes = await this.#read();
    return readNiftiGeometry(isGzip(bytes) ? await headOf(bytes) : bytes.subarray(0, HEAD_BYTES), source.name);
  }

  /** @throws NnUNetError 'bad-nifti', 'too-large', 'missing-file', 'memory-limit' */
  async volume(): Promise<Volume<TypedArray>> {
    const source = this.#source;
    return source.kind === 'volume' ? source.volume : readNifti(await this.#taken(), { where: source.name });
  }

  /** As {@link volume}. */
  async labels(): Promise<LabelMap> {
    const source = this.#source;
    return source.kind === 'volume'
      ? (source.volume as LabelMap)
      : readNiftiLabels(await this.#taken(), { where: source.name });
  }

  #read(): Promise<Uint8Array> {
    const source = this.#source as ImageSource & { kind: 'file' };
    this.#bytes ??= bytesOf(source.blob, source.name, this.#maxBytes);
    return this.#bytes;
  }

  /** As {@link #read}, but lets go of the bytes: a case's images are decoded one after another. */
  #taken(): Promise<Uint8Array> {
    const bytes = this.#read();
    this.#bytes = undefined;
    return bytes;
  }
}

/** Returns the first bytes of a compressed file. What is wrong with it further on, shows when it is read. */
async function headOf(bytes: Uint8Array): Promise<Uint8Array> {
  let head = new Uint8Array();
  try {
    for await (const piece of gunzipPieces(bytes)) {
      head = concatenate([head, piece]);
      if (head.length >= HEAD_BYTES) break;
    }
  } catch {
    // Damaged from the start.
  }
  return head.subarray(0, HEAD_BYTES);
}

function tooLarge(where: string, bytes: number, maxBytes: number): NnUNetError {
  return new NnUNetError('memory-limit', {
    what: `has ${bytesInWords(bytes)} or more, but ${bytesInWords(maxBytes)} are allowed`,
    where,
    remedy: 'Allow more (`maxMemory`), or predict with nnUNet_predict.',
  });
}

function unreadable(where: string, cause: unknown): NnUNetError {
  return new NnUNetError('missing-file', {
    what: `cannot be read (${messageOf(cause)})`,
    where,
    remedy: 'Check the address, or choose the file again.',
    cause,
  });
}
