import { open } from 'node:fs/promises';
import { NnUNetError } from '@nnunet/errors';

/** Bytes that are compared at a time. */
const CHUNK = 2 ** 22;

/** @throws NnUNetError 'bad-file-system' if a file does not contain what was written to it */
export async function requireContent(file: string, pieces: readonly Uint8Array[]): Promise<void> {
  const handle = await open(file, 'r');
  try {
    let position = 0;
    for (const piece of pieces) {
      for (let at = 0; at < piece.length; at += CHUNK) {
        const part = Buffer.from(piece.buffer, piece.byteOffset + at, Math.min(CHUNK, piece.length - at));
        const found = Buffer.alloc(part.length);
        const { bytesRead } = await handle.read(found, 0, part.length, position);
        position += bytesRead;
        if (bytesRead === part.length && found.equals(part)) continue;
        throw new NnUNetError('bad-file-system', {
          what: 'does not contain what was written to it',
          where: file,
          remedy: 'Check the disk, or move RESULTS_FOLDER to another one.',
        });
      }
    }
  } finally {
    await handle.close();
  }
}
