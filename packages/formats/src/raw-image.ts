import { NnUNetError } from '@nnunet/errors';
import { bytesInWords } from '@nnunet/errors/internal';
import type { TypedArray } from '@nnunet/tensor';
import type { Volume } from '@nnunet/volume';
import { widthOf } from '@nnunet/volume/internal';
import { badImage } from './bad-image.ts';
import { latin1 } from './latin1.ts';
import { parseMetaHeader } from './meta-header.ts';
import { parseNrrdHeader } from './nrrd-header.ts';
import type { RawLayout } from './raw-layout.ts';
import { bytesOfHex, voxelsOf, voxelsOfText } from './stored-voxels.ts';

/** How an image and the files beside it are read. */
export interface RawFiles {
  /** Bytes of a file with voxels, which is named by a header. @throws NnUNetError 'missing-file', … */
  bytesOf(name: string): Promise<Uint8Array>;
  /** Size of such a file in bytes. */
  sizeOf(name: string): Promise<number>;
  /** What messages call it. */
  nameOf(name: string): string;
  /** Decompresses gzip or zlib data, piece by piece. */
  unpack(bytes: Uint8Array): AsyncIterable<Uint8Array>;
  /** Limit on the bytes of voxels. Default: what the files can contain. */
  maxBytes?: number;
}

/** Bytes searched for a header; relevant headers are a few hundred bytes long. */
const HEADER_BYTES = 2 ** 20;
/** Maximum compression ratio of deflate. */
const MAX_RATIO = 1032;

/**
 * Decodes an NRRD or MetaImage file, with voxels after the header or in separate files, in their stored type. Never
 * allocates more than the files can contain.
 *
 * @param bytes of the file with the header
 * @param where names it in messages
 * @throws NnUNetError 'bad-image', 'missing-file' naming the missing file, 'no-access', 'memory-limit'
 */
export async function decodeRawImage(
  kind: 'nrrd' | 'meta',
  bytes: Uint8Array,
  where: string,
  files: RawFiles,
): Promise<Volume<TypedArray>> {
  const header = headerIn(bytes, kind);
  const layout = (kind === 'nrrd' ? parseNrrdHeader : parseMetaHeader)(header, where);
  const { shape, spacing, origin, direction, skewDegrees, planar } = layout;
  const count = shape[0] * shape[1] * shape[2];
  const parts = await Promise.all((layout.files ?? []).map((name) => files.sizeOf(name)));
  const stored = layout.files === null ? bytes.length - layout.headerBytes : parts.reduce((a, b) => a + b, 0);
  requireRoom(layout, count, stored, where);
  const voxelBytes = count * widthOf(layout.type);
  if (voxelBytes > (files.maxBytes ?? Number.POSITIVE_INFINITY)) {
    const what = `its ${[...shape].reverse().join(' x ')} voxels need ${bytesInWords(voxelBytes)}, but ${bytesInWords(files.maxBytes!)} are allowed`;
    throw new NnUNetError('memory-limit', { where, what, remedy: 'Predict it with nnUNet_predict.' });
  }
  const data = await voxelsFrom(layout, { own: bytes, files, where }, count);
  const geometry = {
    spacing,
    origin,
    direction,
    ...(skewDegrees === undefined ? {} : { skewDegrees }),
    ...(planar && { planar }),
  };
  return { ...geometry, shape, data };
}

/** Text of a header, and its bytes if the voxels follow it. */
function headerIn(bytes: Uint8Array, kind: 'nrrd' | 'meta'): { text: string; bytes: number } {
  const text = latin1(bytes.subarray(0, HEADER_BYTES));
  // latin1: one character per byte.
  const end =
    kind === 'nrrd' ? /\r?\n\r?\n/.exec(text) : /^[^\S\n]*ElementDataFile[^\S\n]*=[^\S\n]*LOCAL[^\S\n]*\n/im.exec(text);
  if (!end) return { text, bytes: bytes.length };
  return { text: text.slice(0, end.index + end[0].length), bytes: end.index + end[0].length };
}

/** @throws NnUNetError 'bad-image' if the files are too small for what the header declares */
function requireRoom({ encoding, type, shape }: RawLayout, count: number, stored: number, where: string): void {
  const bytes = count * widthOf(type);
  const most = { raw: stored, hex: stored / 2, text: stored * widthOf(type), packed: stored * MAX_RATIO }[encoding];
  if (bytes <= most) return;
  const size = [...shape].reverse().join(' x ');
  throw cutShort(where, `its ${size} voxels need ${bytes} bytes, but there are ${stored}`);
}

async function voxelsFrom(
  layout: RawLayout,
  { own, files, where }: { own: Uint8Array; files: RawFiles; where: string },
  count: number,
) {
  const { encoding, type, bigEndian, headerBytes, skipLines, skipBytes } = layout;
  const total = count * widthOf(type);
  // null stands for the file with the header.
  const names: readonly (string | null)[] = layout.files ?? [null];
  const share = total / names.length;
  if (!Number.isInteger(share)) {
    throw badImage(where, `names ${names.length} files, among which its voxels cannot be divided`, 'Export it again.');
  }
  const out = encoding === 'text' ? null : new Uint8Array(total);
  const texts: string[] = [];
  for (const [i, file] of names.entries()) {
    const [bytes, name] = file === null ? [own, where] : [await files.bytesOf(file), files.nameOf(file)];
    const body = bytes.subarray(afterLines(bytes, headerBytes, skipLines, name));
    if (encoding === 'packed') {
      const room = out!.subarray(i * share, (i + 1) * share);
      await inflate(files.unpack(body), { skip: skipBytes, room, where: name });
      continue;
    }
    const start = skipBytes < 0 ? body.length - share : skipBytes;
    if (encoding === 'raw') {
      const voxels = body.subarray(Math.max(0, start), start + share);
      if (start < 0 || voxels.length < share)
        throw cutShort(name, `${share} bytes of voxels expected, ${voxels.length} found`);
      out!.set(voxels, i * share);
      continue;
    }
    const text = latin1(body.subarray(Math.max(0, skipBytes)));
    if (encoding === 'text') texts.push(text);
    else out!.set(bytesOfHex(text, share, name), i * share);
  }
  return out === null ? voxelsOfText(texts.join(' '), type, count, where) : voxelsOf(out, type, bigEndian);
}

/** Offset of the content after a number of lines. */
function afterLines(bytes: Uint8Array, start: number, lines: number, where: string): number {
  let at = start;
  for (let line = 0; line < lines; line++) {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) throw cutShort(where, `${lines} lines before the voxels expected`);
    at = end + 1;
  }
  return at;
}

/** Puts decompressed data into `room`, which must be filled exactly. */
async function inflate(
  pieces: AsyncIterable<Uint8Array>,
  { skip, room, where }: { skip: number; room: Uint8Array; where: string },
): Promise<void> {
  // −1: the voxels are the last bytes; excess data are reported at the end.
  let at = -Math.max(0, skip);
  try {
    for await (const piece of pieces) {
      const from = Math.max(0, -at);
      if (at < room.length && from < piece.length) {
        const start = Math.max(0, at);
        room.set(piece.subarray(from, from + room.length - start), start);
      }
      at += piece.length;
      if (at > room.length) throw cutShort(where, `more than ${room.length} bytes of voxels found`);
    }
  } catch (cause) {
    if ((cause as { nnunet?: unknown }).nnunet) throw cause;
    // What follows the compressed data is none of it.
    if (at === room.length) return;
    throw badImage(where, 'is damaged, cut off or not what its name says: it cannot be decompressed', copy, cause);
  }
  if (at < room.length) throw cutShort(where, `${room.length} bytes of voxels expected, ${Math.max(0, at)} found`);
}

const copy = 'Copy or export it again.';

function cutShort(where: string, what: string) {
  return badImage(where, `is damaged, cut off or not what its name says: ${what}`, copy);
}
