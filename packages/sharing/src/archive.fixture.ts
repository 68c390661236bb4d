import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveRoots } from '@nnunet/schema';
import { zipArchive } from '@nnunet/testing';
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
  writeFileSync(
    file,
    zipArchive(members.map(({ text = '', ...member }) => ({ ...member, content: Buffer.from(text) }))),
  );
}

/** Paths of all files and folders below a folder, sorted. */
export function everythingBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true }).map(String).sort();
}
