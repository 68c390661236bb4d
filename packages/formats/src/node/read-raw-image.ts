import { lstat, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createUnzip } from 'node:zlib';
import type { TypedArray } from '@nnunet/tensor';
import { fileError, readFileBytes } from '@nnunet/tensor/node/internal';
import type { Volume } from '@nnunet/volume';
import { widthOf } from '@nnunet/volume/internal';
import { badImage } from '../bad-image.ts';
import { parseMetaHeader } from '../meta-header.ts';
import { parseNrrdHeader } from '../nrrd-header.ts';
import type { RawLayout } from '../raw-layout.ts';
import { bytesOfHex, voxelsOf, voxelsOfText } from '../stored-voxels.ts';

/** Bytes searched for a header; relevant headers are a few hundred bytes long. */
const HEADER_BYTES = 2 ** 20;
/** Maximum compression ratio of deflate. */
const MAX_RATIO = 1032;

/**
 * Reads an NRRD or MetaImage file, with voxels after the header or in separate files, in their stored type. Never
 * allocates more than the files can contain.
 *
 * @throws NnUNetError 'bad-image', 'missing-file' naming the missing file, 'no-access'
 */
export async function readRawImage(kind: 'nrrd' | 'meta', path: string): Promise<Volume<TypedArray>> {
  const bytes = await readFileBytes(path);
  const header = headerIn(bytes, kind);
  const layout = (kind === 'nrrd' ? parseNrrdHeader : parseMetaHeader)(header, path);
  const { shape, spacing, origin, direction, skewDegrees } = layout;
  const count = shape[0] * shape[1] * shape[2];
  const parts = await Promise.all((layout.files ?? []).map((name) => sizeOfFile(join(dirname(path), name))));
  const stored = layout.files === null ? bytes.length - layout.headerBytes : parts.reduce((a, b) => a + b, 0);
  requireRoom(layout, count, stored, path);
  const content =
    layout.files === null ? [{ bytes, where: path }] : layout.files.map((name) => join(dirname(path), name));
  const data = await voxelsFrom(layout, content, count, path);
  const geometry = { spacing, origin, direction, ...(skewDegrees === undefined ? {} : { skewDegrees }) };
  return { ...geometry, shape, data };
}

/** Text of a header, and its bytes if the voxels follow it. */
function headerIn(bytes: Uint8Array, kind: 'nrrd' | 'meta'): { text: string; bytes: number } {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEADER_BYTES));
  const text = head.toString('latin1');
  // latin1: one character per byte.
  const end =
    kind === 'nrrd' ? /\r?\n\r?\n/.exec(text) : /^[^\S\n]*ElementDataFile[^\S\n]*=[^\S\n]*LOCAL[^\S\n]*\n/im.exec(text);
  if (!end) return { text, bytes: bytes.length };
  return { text: text.slice(0, end.index + end[0].length), bytes: end.index + end[0].length };
}

async function sizeOfFile(file: string): Promise<number> {
  try {
    await lstat(file);
    return (await stat(file)).size;
  } catch (cause) {
    throw fileError(cause, file);
  }
}

/** @throws NnUNetError 'bad-image' if the files are too small for what the header declares */
function requireRoom({ encoding, type, shape }: RawLayout, count: number, stored: number, where: string): void {
  const bytes = count * widthOf(type);
  const most = { raw: stored, hex: stored / 2, text: stored * widthOf(type), packed: stored * MAX_RATIO }[encoding];
  if (bytes <= most) return;
  const size = [...shape].reverse().join(' x ');
  throw cutShort(where, `its ${size} voxels need ${bytes} bytes, but there are ${stored}`);
}

type Content = string | { bytes: Uint8Array; where: string };

async function voxelsFrom(layout: RawLayout, files: readonly Content[], count: number, where: string) {
  const { encoding, type, bigEndian, headerBytes, skipLines, skipBytes } = layout;
  const total = count * widthOf(type);
  const share = files.length > 1 ? total / files.length : total;
  if (!Number.isInteger(share)) {
    throw badImage(where, `names ${files.length} files, among which its voxels cannot be divided`, 'Export it again.');
  }
  const out = encoding === 'text' ? null : new Uint8Array(total);
  const texts: string[] = [];
  for (const [i, file] of files.entries()) {
    const { bytes, where: name } = typeof file === 'string' ? { bytes: await readFileBytes(file), where: file } : file;
    const body = bytes.subarray(afterLines(bytes, headerBytes, skipLines, name));
    if (encoding === 'packed') {
      await inflate(body, { skip: skipBytes, room: out!.subarray(i * share, (i + 1) * share), where: name });
      continue;
    }
    const start = skipBytes < 0 ? body.length - share : skipBytes;
    if (encoding === 'raw') {
      const own = body.subarray(Math.max(0, start), start + share);
      if (start < 0 || own.length < share)
        throw cutShort(name, `${share} bytes of voxels expected, ${own.length} found`);
      out!.set(own, i * share);
      continue;
    }
    const text = Buffer.from(body.buffer, body.byteOffset, body.length)
      .toString('latin1')
      .slice(Math.max(0, skipBytes));
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

/** Decompresses gzip or zlib data into `room`, which must be filled exactly. */
async function inflate(
  body: Uint8Array,
  { skip, room, where }: { skip: number; room: Uint8Array; where: string },
): Promise<void> {
  const stream = createUnzip({ chunkSize: 2 ** 20 });
  stream.end(body);
  // −1: the voxels are the last bytes; excess data are reported at the end.
  let at = -Math.max(0, skip);
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) {
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
    throw badImage(where, 'is damaged, cut off or not what its name says: it cannot be decompressed', copy, cause);
  } finally {
    stream.destroy();
  }
  if (at < room.length) throw cutShort(where, `${room.length} bytes of voxels expected, ${Math.max(0, at)} found`);
}

const copy = 'Copy or export it again.';

function cutShort(where: string, what: string) {
  return badImage(where, `is damaged, cut off or not what its name says: ${what}`, copy);
}
