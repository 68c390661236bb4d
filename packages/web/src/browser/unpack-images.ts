import { openZip } from '@nnunet/tensor';
import { readZipDirectory } from '@nnunet/tensor/internal';
import type { GivenFile } from './given-files.ts';
import { MAX_BYTES, requireFitting } from './read-image.ts';

/** What archives of models hold, of every kind that can be loaded. */
const MODEL = /\.(safetensors|pth|model|model\.pkl)$/i;

/**
 * Returns the files in an archive of images; null for the archive of a model.
 *
 * @throws NnUNetError 'memory-limit' for an archive that is too large, 'bad-zip' for a damaged one, or one that becomes
 * too large
 */
export async function unpackImages({ file }: GivenFile): Promise<GivenFile[] | null> {
  const read = async (at: number, length: number) => new Uint8Array(await file.slice(at, at + length).arrayBuffer());
  // A damaged archive is told apart by whoever loads models.
  const directory = await readZipDirectory({ size: file.size, read }, (what) => new Error(what)).catch(() => null);
  if (directory === null || directory.members.some(({ name }) => MODEL.test(name))) return null;
  requireFitting(file.name, file.size);
  const bytes = await read(0, file.size);
  const files: GivenFile[] = [];
  for (const [name, content] of await openZip(bytes, file.name, MAX_BYTES)) {
    if (name.endsWith('/')) continue;
    const path = name.includes('/') ? name : `${file.name.replace(/\.zip$/i, '')}/${name}`;
    files.push({ path, file: new File([content() as Uint8Array<ArrayBuffer>], name.split('/').at(-1)!) });
  }
  return files;
}
