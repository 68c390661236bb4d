import { type FileHandle, open } from 'node:fs/promises';
import { NnUNetError } from '@nnunet/errors';
import { fileError } from './file-error.ts';

/** Maximum bytes per read call; the system's own limit is 2 GiB. */
const MAX_READ = 2 ** 30;

/** Maximum length of a byte array. */
const MAX_BYTES = 2 ** 32;

/** Bytes read at a time. */
const PIECE = 2 ** 20;

/**
 * Reads a whole file of at most 4 GiB.
 *
 * @throws NnUNetError 'missing-file', 'no-access', 'too-large', … naming the file
 */
export function readFileBytes(path: string): Promise<Uint8Array> {
  return withFile(path, async (file, size) => {
    if (size > MAX_BYTES) throw tooLarge(path, size);
    const bytes = new Uint8Array(size);
    await readFully(file, path, bytes, 0);
    return bytes;
  });
}

/** Opens a file for reading while `use` runs; `size` is in bytes. Errors name the file. */
export async function withFile<T>(path: string, use: (file: FileHandle, size: number) => Promise<T>): Promise<T> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const stat = await file.stat();
    if (stat.isDirectory()) throw Object.assign(new Error('is a folder'), { code: 'EISDIR' });
    return await use(file, stat.size);
  } catch (cause) {
    throw fileError(cause, path);
  } finally {
    await file?.close();
  }
}

/** Fills `bytes` from a position in an open file. Throws 'cut-off' if the file is too short. */
export async function readFully(file: FileHandle, path: string, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const length = Math.min(bytes.length - done, MAX_READ);
    const { bytesRead } = await file.read(bytes, done, length, position + done);
    if (bytesRead === 0) throw cutOff(path);
    done += bytesRead;
  }
}

/** Yields part of an open file in pieces, each with its own buffer. */
export async function* readPieces(
  file: FileHandle,
  path: string,
  { start, length }: { start: number; length: number },
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < length; at += PIECE) {
    const bytes = new Uint8Array(Math.min(PIECE, length - at));
    await readFully(file, path, bytes, start + at);
    yield bytes;
  }
}

function tooLarge(path: string, size: number): NnUNetError {
  const what = `has ${size} bytes, more than the 4 GiB supported for such files`;
  return new NnUNetError('too-large', { where: path, what, remedy: 'Compress it, or split it.' });
}

/** Creates the error for a file that was truncated while it was read. */
function cutOff(path: string): NnUNetError {
  const remedy = 'Another program changed it, or it is damaged. Make it again.';
  return new NnUNetError('cut-off', { where: path, what: 'ends before its last byte could be read', remedy });
}

/**
 * Reads a text file in UTF-8, or in UTF-16 as written by some spreadsheet programs and the Windows shell. Removes the
 * byte order mark. Errors as in {@link readFileBytes}.
 */
export async function readTextFile(path: string): Promise<string> {
  return decodeText(await readFileBytes(path));
}

/** Decodes UTF-8 or UTF-16, distinguished by the byte order mark, or by the zeros next to the first letter. */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const little = first === 0xff && second === 0xfe;
  const big = first === 0xfe && second === 0xff;
  if (little || (first !== 0 && second === 0)) return new TextDecoder('utf-16le').decode(bytes);
  if (big || (first === 0 && second !== 0)) return new TextDecoder('utf-16be').decode(bytes);
  return new TextDecoder().decode(bytes);
}
