import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveRoots } from '@nnunet/schema';
import { zipArchive } from '@nnunet/testing';
import { type ArchiveSource, writeArchive } from './write-archive.ts';

export const MODEL = '3d_fullres/Task900_Made/nnUNetTrainerV2__nnUNetPlansv2.1';

/** The root folders below a folder. */
export function rootsBelow(folder: string) {
  return resolveRoots({ env: { RESULTS_FOLDER: join(folder, 'results') } });
}

/** Writes an archive of one model whose files contain only their names. */
export async function writeMadeArchive(file: string, more: readonly ArchiveSource[] = []): Promise<void> {
  const names = ['fold_0/model_final_checkpoint.safetensors', 'plans.json', 'postprocessing.json', 'model_card.md'];
  const sources = names.map((name) => ({ name: `${MODEL}/${name}`, text: `${name} `.repeat(40) }));
  await writeArchive(file, [...sources, ...more]);
}

/** Makes a stored zip archive with arbitrary names and modes; nothing is checked. */
export function writeRawArchive(
  file: string,
  members: readonly { name: string; text?: string; mode?: number }[],
): void {
  writeFileSync(
    file,
    zipArchive(members.map(({ text = '', ...member }) => ({ ...member, content: Buffer.from(text) }))),
  );
}

/** Returns the paths of all files and folders below a folder, sorted. */
export function everythingBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true }).map(String).sort();
}
