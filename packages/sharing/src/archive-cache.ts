import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { sumOf } from './download-file.ts';

/** Where downloaded archives are kept for the next time. */
export interface ArchiveCache {
  folder: string;
  /** Limit on the size of all archives together: the least recently used are removed first. */
  maxBytes: number;
}

/** What is known of a cached archive. */
export interface CachedArchive {
  /** URL that it came from. */
  url: string;
  /** Hexadecimal, lower case. */
  sha256: string;
  /** ETag or Last-Modified, if the server sent one. */
  validator: string | null;
}

/** Suffix of the file beside an archive that says that it is complete. */
const RECORD = '.complete.json';

/** Returns what is known of a cached archive; null if there is none, or if it is incomplete or damaged. */
export async function readCached(zipFile: string): Promise<CachedArchive | null> {
  try {
    const record = JSON.parse(await readFile(zipFile + RECORD, 'utf8')) as CachedArchive;
    return (await sumOf(zipFile)) === record.sha256 ? record : null;
  } catch {
    return null;
  }
}

/** Marks an archive as complete. */
export async function writeCached(zipFile: string, archive: CachedArchive): Promise<void> {
  await writeFileAtomic(zipFile + RECORD, JSON.stringify(archive));
}

/** Removes an archive and what is known of it. */
export async function removeCached(zipFile: string): Promise<void> {
  for (const file of [zipFile + RECORD, `${zipFile}.json`, zipFile]) await rm(file, { force: true });
}

/** Marks an archive as just used, and removes those used longest ago while all together are larger than the limit. */
export async function trimCache({ folder, maxBytes }: ArchiveCache, used: string): Promise<void> {
  if (existsSync(used)) await utimes(used, new Date(), new Date());
  const names = (await readdir(folder)).filter((name) => name.endsWith('.zip'));
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      // Another process may have removed it meanwhile.
      const file = await stat(path).catch(() => null);
      return file === null ? [] : [{ path, size: file.size, mtimeMs: file.mtimeMs }];
    }),
  );
  const files = found.flat();
  files.sort((a, b) => b.mtimeMs - a.mtimeMs);
  let total = 0;
  for (const { path, size } of files) {
    total += size;
    // If locked, another process is downloading or installing it.
    if (total > maxBytes && (path === used || !existsSync(`${path}.lock`))) await removeCached(path);
  }
}
