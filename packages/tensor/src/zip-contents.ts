import { inflateSync } from 'fflate';
import { crc32 } from './crc32.ts';
import { badZip, readZipEntries } from './zip.ts';

/**
 * Opens a zip archive in memory: its files by name, each inflated when it is asked for.
 *
 * @param maxBytes maximum total decompressed size
 * @throws NnUNetError 'bad-zip', also when a damaged file is asked for
 */
export async function openZip(
  bytes: Uint8Array,
  where: string,
  maxBytes: number,
): Promise<ReadonlyMap<string, () => Uint8Array>> {
  const source = { size: bytes.length, read: async (at: number, length: number) => bytes.subarray(at, at + length) };
  const entries = await readZipEntries(source, where, maxBytes);
  return new Map(
    entries.map(({ name, start, compressedSize, method, size, crc }) => {
      const compressed = bytes.subarray(start, start + compressedSize);
      return [
        name,
        () => {
          const content =
            method === 0 ? compressed : inflated(compressed, size, () => badZip(where, `has a damaged ${name}`));
          if (crc32(content) !== crc) throw badZip(where, `has a wrong checksum for ${name}`);
          return content;
        },
      ] as const;
    }),
  );
}

function inflated(compressed: Uint8Array, size: number, damaged: () => Error): Uint8Array {
  let content: Uint8Array;
  try {
    content = inflateSync(compressed, { out: new Uint8Array(size) });
  } catch {
    throw damaged();
  }
  if (content.length !== size) throw damaged();
  return content;
}
