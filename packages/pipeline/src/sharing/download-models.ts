import { createHash } from 'node:crypto';
import { mkdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { needRoot, type Roots, resultsFolder } from '@nnunet/dataset';
import { acquireLock } from '@nnunet/dataset/node';
import type { Reporter } from '../reporter.ts';
import { DEFAULT_MAX_BYTES } from './archive-rules.ts';
import { type ModelSource, modelNamed, readCatalogue } from './catalogue.ts';
import { downloadFile } from './download-file.ts';
import { type InstalledModels, installArchive } from './install-archive.ts';

export interface DownloadModelsOptions {
  roots: Roots;
  reporter: Reporter;
  signal?: AbortSignal;
}

/**
 * What nnUNet_download_pretrained_model does: fetches the archives of a model of the catalogue and installs them.
 *
 * @throws NnUNetError 'unknown-model', 'bad-catalogue', and what {@link downloadAndInstall} throws
 */
export async function downloadModel(
  task: string,
  { catalogueFile, ...options }: DownloadModelsOptions & { catalogueFile?: string },
): Promise<InstalledModels[]> {
  const { sources } = modelNamed(await readCatalogue(catalogueFile), task);
  return downloadAndInstall(sources, options);
}

/**
 * Fetches archives of models and installs each. A download that was interrupted is continued by the next call; it waits in
 * `<results>/nnUNet/.downloads`.
 *
 * @throws NnUNetError 'usage', 'download-failed', 'bad-checksum', 'bad-archive', 'locked', and what writing throws
 */
export async function downloadAndInstall(
  sources: readonly ModelSource[],
  { roots, reporter, signal }: DownloadModelsOptions,
): Promise<InstalledModels[]> {
  needRoot(roots, 'results');
  const folder = join(resultsFolder(roots), '.downloads');
  await mkdir(folder, { recursive: true });
  const installed: InstalledModels[] = [];
  for (const source of sources) {
    const zipFile = join(folder, `${createHash('sha256').update(source.url).digest('hex').slice(0, 16)}.zip`);
    const lock = await acquireLock(`${zipFile}.lock`, { purpose: `the download of ${source.url}` });
    try {
      await downloadFile({
        ...source,
        target: zipFile,
        maxBytes: DEFAULT_MAX_BYTES,
        signal,
        onMessage: (text) => reporter.message(text),
        onProgress: (done, total) => {
          const megabytes = Math.round(done / 1e6);
          reporter.progress({
            what: 'downloading (MB)',
            done: megabytes,
            total: total === undefined ? megabytes + 1 : Math.round(total / 1e6),
            note: source.url,
          });
        },
      });
      // A file that is whole is of no use once it is installed, nor where it turns out to be bad.
      try {
        installed.push(await installArchive({ roots, zipFile, reporter, signal }));
      } finally {
        await rm(zipFile, { force: true });
      }
    } finally {
      await lock.release();
    }
  }
  await rmdir(folder).catch(() => undefined);
  return installed;
}
