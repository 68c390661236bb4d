import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { crc32 } from '@nnunet/tensor/internal';
import { fileError } from '@nnunet/tensor/node/internal';
import { openPromise } from 'yauzl';
import { Refusal } from './refusal.ts';

/** More files than an image has slices. */
const MAX_FILES = 32767;

export interface UnpackOptions {
  /** Folder to make for the files. */
  folder: string;
  /** What the client calls the archive. */
  name: string;
  /** Limit of all files together in bytes. */
  maxBytes: number;
}

/**
 * Unpacks the slices of an image from a zip archive, all into one folder, whatever folders they are in there. Hidden
 * files are left out.
 *
 * @throws NnUNetError 'bad-zip' for an archive that is damaged or encrypted, 'disk-full'; Refusal 'too-large'
 */
export async function unpackSlices(archive: string, { folder, name, maxBytes }: UnpackOptions): Promise<void> {
  const tooLarge = new Refusal(413, {
    tag: 'too-large',
    what: 'the files in this archive are more or larger than the server allows',
    where: name,
    remedy: 'Pack only the slices of one image, or let the server allow more.',
  });
  try {
    await mkdir(folder);
    const zip = await openPromise(archive, { autoClose: false });
    try {
      if (zip.entryCount > MAX_FILES) throw tooLarge;
      let bytes = 0;
      const names = new Set<string>();
      for await (const entry of zip.eachEntry()) {
        const file = entry.fileName.split('/').at(-1)!;
        if (file === '' || file.startsWith('.')) continue;
        if (!entry.canDecodeFileData()) throw new Error(`${file} is encrypted, or compressed by an unknown method`);
        bytes += entry.uncompressedSize;
        if (bytes > maxBytes) throw tooLarge;
        // Series keep their files in several folders, in which names occur again.
        let unique = file;
        while (names.has(unique.toLowerCase())) unique = `${names.size}_${unique}`;
        names.add(unique.toLowerCase());
        // yauzl ends the stream with an error where the size is not as stated; it leaves the checksum to its callers.
        let sum = 0;
        await pipeline(
          await zip.openReadStreamPromise(entry),
          async function* (chunks: AsyncIterable<Buffer>) {
            for await (const chunk of chunks) {
              sum = crc32(chunk, sum);
              yield chunk;
            }
          },
          createWriteStream(join(folder, unique)),
        );
        if (sum !== entry.crc32) throw new Error(`${file} is damaged: its checksum is wrong`);
      }
    } finally {
      zip.close();
    }
  } catch (cause) {
    const known = fileError(cause, name);
    if (isNnUNetError(known)) throw known;
    throw new NnUNetError('bad-zip', {
      what: `this zip archive cannot be read: ${known.message.slice(0, 200)}`,
      where: name,
      remedy: 'Pack the slices again, without a password.',
      cause,
    });
  }
}
