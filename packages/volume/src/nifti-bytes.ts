import { NnUNetError } from '@nnunet/errors';
import { concatenate } from '@nnunet/tensor/internal';
import { gunzipPieces, type Inflate, isGzip } from './gunzip.ts';
import { badNifti, NIFTI_HEAD_BYTES, type NiftiHeader, parseNiftiHeader } from './nifti-header.ts';

/** A parsed header and the voxel bytes of all time steps. */
export interface NiftiContent {
  readonly header: NiftiHeader;
  readonly voxels: Uint8Array;
}

export interface NiftiReadOptions {
  /** File name for error messages. */
  where?: string;
  /** How to decompress gzip. Default: the platform's DecompressionStream. */
  inflate?: Inflate;
}

/** Maximum compression ratio of deflate. */
const MAX_RATIO = 1032;

/** Number of voxel bytes according to the header. */
function voxelBytes({ size, pixel }: NiftiHeader): number {
  return size[0] * size[1] * size[2] * size[3] * pixel.bytes;
}

/** Byte arrays are limited to 4 GiB. */
function checkRoom(header: NiftiHeader, where: string): void {
  const { size, pixel } = header;
  if (voxelBytes(header) <= 2 ** 32) return;
  throw new NnUNetError('too-large', {
    where,
    what: `has ${size.join(' x ')} voxels of ${pixel.bytes} bytes, more than the 4 GiB supported for one image`,
    remedy: 'Store it with fewer bytes per voxel (int16 for CT), or split it.',
  });
}

/**
 * Splits a NIfTI file, compressed or not, into header and voxels. Checks the header's sizes against the file's length
 * before allocating memory.
 *
 * @throws NnUNetError 'bad-nifti'
 */
export async function readNiftiContent(bytes: Uint8Array, options: NiftiReadOptions = {}): Promise<NiftiContent> {
  const { where = 'NIfTI data', inflate = gunzipPieces } = options;
  if (!isGzip(bytes)) {
    const header = parseNiftiHeader(bytes.subarray(0, NIFTI_HEAD_BYTES), where);
    checkLength(header, bytes.length, where);
    checkRoom(header, where);
    const start = header.voxelOffset;
    // Copied, so that the result does not change with the caller's bytes (a slice of a Buffer would not be a copy).
    return { header, voxels: new Uint8Array(bytes.subarray(start, start + voxelBytes(header))) };
  }
  const joined = new JoinedPieces(bytes.length, where);
  try {
    for await (const piece of inflate(bytes)) joined.add(piece);
  } catch (cause) {
    if ((cause as { nnunet?: unknown }).nnunet) throw cause;
    throw badNifti(where, 'cannot be decompressed: its gzip data are damaged or cut off', undefined, cause);
  }
  return joined.finish();
}

function checkLength(header: NiftiHeader, length: number, where: string): void {
  const expected = header.voxelOffset + voxelBytes(header);
  if (length >= expected) return;
  const size = header.size.join(' x ');
  throw badNifti(where, `is cut off: its ${size} voxels need ${expected} bytes, it has ${length}`);
}

/** Collects decompressed pieces: first the header, then the voxels in one array of the size given by the header. */
class JoinedPieces {
  #head = new Uint8Array();
  #header: NiftiHeader | undefined;
  #voxels = new Uint8Array();
  #seen = 0;
  readonly #compressed: number;
  readonly #where: string;

  constructor(compressed: number, where: string) {
    this.#compressed = compressed;
    this.#where = where;
  }

  add(piece: Uint8Array): void {
    if (!this.#header) {
      this.#head = concatenate([this.#head, piece]);
      if (this.#head.length < NIFTI_HEAD_BYTES) return;
      this.#start();
      this.#take(this.#head);
    } else {
      this.#take(piece);
    }
  }

  #start(): void {
    const header = parseNiftiHeader(this.#head, this.#where);
    const size = voxelBytes(header);
    if (header.voxelOffset + size > this.#compressed * MAX_RATIO) {
      throw badNifti(
        this.#where,
        `claims to have ${size} bytes of voxels, more than its ${this.#compressed} compressed bytes can hold`,
      );
    }
    checkRoom(header, this.#where);
    this.#header = header;
    this.#voxels = new Uint8Array(size);
  }

  #take(piece: Uint8Array): void {
    const at = this.#seen - this.#header!.voxelOffset;
    this.#seen += piece.length;
    const from = at < 0 ? -at : 0;
    const room = this.#voxels.length - Math.max(0, at);
    if (from >= piece.length || room <= 0) return;
    this.#voxels.set(piece.subarray(from, from + room), Math.max(0, at));
  }

  finish(): NiftiContent {
    if (!this.#header) {
      // Shorter than any header, or a tiny image.
      this.#start();
      this.#take(this.#head);
    }
    checkLength(this.#header!, this.#seen, this.#where);
    return { header: this.#header!, voxels: this.#voxels };
  }
}
