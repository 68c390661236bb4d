import { Readable } from 'node:stream';
import { fileError, readFileBytes, writeFileAtomic } from '@nnunet/tensor/node/internal';
import { ZipFile } from 'yazl';

/** A member of an archive: a file, as is or modified while copying, or text made for it. */
export type ArchiveSource =
  | { name: string; file: string; change?: (bytes: Uint8Array, file: string) => Uint8Array[] }
  | { name: string; text: string };

export interface WriteArchiveOptions {
  signal?: AbortSignal;
  /** Bytes of the archive written so far. */
  onProgress?: (bytes: number) => void;
}

/**
 * Writes a deflated zip archive in one step.
 *
 * @throws NnUNetError 'missing-file', 'disk-full', 'no-access', … ; the signal's reason when aborted
 */
export async function writeArchive(
  path: string,
  sources: readonly ArchiveSource[],
  { signal, onProgress }: WriteArchiveOptions = {},
): Promise<void> {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  // An error that occurs before the archive is read is raised when it is read.
  output.on('error', () => undefined);
  zip.on('error', (error: NodeJS.ErrnoException) => output.destroy(fileError(error, error.path ?? path) as Error));
  for (const source of sources) {
    if ('text' in source) zip.addBuffer(Buffer.from(source.text), source.name);
    else if (source.change === undefined) zip.addFile(source.file, source.name);
    else addChanged(zip, source.name, source.file, source.change);
  }
  zip.end();
  try {
    await writeFileAtomic(path, watched(output, { signal, onProgress }));
  } finally {
    output.destroy();
  }
}

/** Reads the file when its turn comes, so that only one file is in memory at a time. */
function addChanged(
  zip: ZipFile,
  name: string,
  file: string,
  change: (bytes: Uint8Array, file: string) => Uint8Array[],
): void {
  zip.addReadStreamLazy(name, (done) => {
    readFileBytes(file)
      .then((bytes) => Readable.from(change(bytes, file)))
      .then((stream) => done(null, stream))
      .catch((error: unknown) => done(error, Readable.from([])));
  });
}

async function* watched(
  output: AsyncIterable<Uint8Array>,
  { signal, onProgress }: WriteArchiveOptions,
): AsyncIterable<Uint8Array> {
  let bytes = 0;
  for await (const chunk of output) {
    signal?.throwIfAborted();
    yield chunk;
    bytes += chunk.length;
    onProgress?.(bytes);
  }
}
