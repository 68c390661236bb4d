import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { isNnUNetError } from '@nnunet/errors';
import { crc32 } from '@nnunet/tensor/internal';
import { fileError } from '@nnunet/tensor/node/internal';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import {
  type ArchiveKind,
  type ArchiveLimits,
  type ArchiveMember,
  badArchive,
  checkCount,
  checkMembers,
} from './archive-rules.ts';

export interface OpenMember extends ArchiveMember {
  entry: Entry;
}

/** A zip archive of trained models; only the members that the rules allow can be read. Close it after use. */
export class ModelArchive {
  readonly #zip: ZipFile;

  private constructor(
    readonly path: string,
    zip: ZipFile,
    readonly kind: ArchiveKind,
    readonly members: readonly OpenMember[],
  ) {
    this.#zip = zip;
  }

  /** @throws NnUNetError 'missing-file', 'no-access', 'bad-archive' */
  static async open(path: string, limits: ArchiveLimits = {}): Promise<ModelArchive> {
    let zip: ZipFile | undefined;
    try {
      const file = await stat(path);
      if (!file.isFile()) throw badArchive(path, 'is a folder, not an archive');
      zip = await openPromise(path, { autoClose: false, strictFileNames: true });
      checkCount(zip.entryCount, { ...limits, where: path });
      const members: OpenMember[] = [];
      for await (const entry of zip.eachEntry()) {
        const { fileName: name, compressedSize, uncompressedSize: size, externalFileAttributes } = entry;
        if (!entry.canDecodeFileData())
          throw badArchive(path, `contains ${name} encrypted or with an unknown compression`);
        members.push({ entry, name, compressedSize, size, mode: externalFileAttributes >>> 16 });
      }
      const { kind, files } = checkMembers(members, { ...limits, where: path, archiveBytes: file.size });
      return new ModelArchive(path, zip, kind, files);
    } catch (error) {
      zip?.close();
      throw archiveError(path, error);
    }
  }

  /**
   * Reads the content of a member in chunks. yauzl checks that its size is as stated.
   *
   * @throws NnUNetError 'bad-archive' if the size or, at the end, the checksum is wrong
   */
  async *read({ entry, name }: OpenMember): AsyncIterable<Uint8Array> {
    let sum = 0;
    try {
      const stream: Readable = await this.#zip.openReadStreamPromise(entry);
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        sum = crc32(chunk, sum);
        yield chunk;
      }
    } catch (error) {
      throw archiveError(this.path, error);
    }
    if (sum !== entry.crc32) throw badArchive(this.path, `contains a damaged ${name}: its checksum is wrong`);
  }

  close(): void {
    this.#zip.close();
  }
}

/** Any error other than one of the file system means that the archive is bad. */
function archiveError(path: string, error: unknown): Error {
  const known = fileError(error, path);
  if (isNnUNetError(known)) return known;
  return badArchive(path, `is not a zip archive, or is damaged (${known.message.slice(0, 200)})`, error);
}
