import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveRoots } from '@nnunet/schema';
import { type ArchiveSource, writeArchive } from './write-archive.ts';

export const MODEL = '3d_fullres/Task900_Made/nnUNetTrainerV2__nnUNetPlansv2.1';

/** Where models lie below a folder. */
export function rootsBelow(folder: string) {
  return resolveRoots({ env: { RESULTS_FOLDER: join(folder, 'results') } });
}

/** Writes an archive with one model whose files hold no more than their names. */
export async function writeMadeArchive(file: string, more: readonly ArchiveSource[] = []): Promise<void> {
  const names = ['fold_0/model_final_checkpoint.safetensors', 'plans.json', 'postprocessing.json', 'model_card.md'];
  const sources = names.map((name) => ({ name: `${MODEL}/${name}`, text: `${name} `.repeat(40) }));
  await writeArchive(file, [...sources, ...more]);
}

/** A zip archive, stored, with any names and modes; nothing is checked. */
export function writeRawArchive(
  file: string,
  members: readonly { name: string; text?: string; mode?: number }[],
): void {
  const chunks: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, text = '', mode = 0o100644 } of members) {
    const [path, content] = [Buffer.from(name), Buffer.from(text)];
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(0x800, 2);
    fields.writeUInt32LE(crcOf(content), 10);
    fields.writeUInt32LE(content.length, 14);
    fields.writeUInt32LE(content.length, 18);
    fields.writeUInt16LE(path.length, 22);
    const attributes = Buffer.alloc(14);
    attributes.writeUInt32LE((mode << 16) >>> 0, 6);
    attributes.writeUInt32LE(offset, 10);
    directory.push(Buffer.from([0x50, 0x4b, 1, 2, 20, 3]), fields, attributes, path);
    chunks.push(Buffer.from([0x50, 0x4b, 3, 4]), fields, path, content);
    offset += 30 + path.length + content.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  writeFileSync(file, Buffer.concat([...chunks, ...directory, end]));
}

function crcOf(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** Paths of all files and folders below a folder, sorted. */
export function everythingBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true }).map(String).sort();
}
