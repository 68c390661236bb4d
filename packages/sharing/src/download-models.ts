import { createHash } from 'node:crypto';
import { mkdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Reporter } from '@nnunet/pipeline';
import type { Roots } from '@nnunet/schema';
import { resultsFolder } from '@nnunet/schema/internal';
import { withLock } from '@nnunet/store';
import { DEFAULT_MAX_BYTES } from './archive-rules.ts';
import { modelNamed, readCatalogue } from './catalogue.ts';
import type { ModelSource } from './catalogued-model.ts';
import { checkSource, downloadFile } from './download-file.ts';
import { type InstalledModels, installArchive } from './install-archive.ts';

export interface DownloadModelsOptions {
  roots: Roots;
  reporter: Reporter;
  signal?: AbortSignal;
}

/**
 * Implements nnUNet_download_pretrained_model: downloads the archives of a model in the catalogue and installs them.
 *
 * @throws NnUNetError 'unknown-model', 'bad-catalogue', and the errors of {@link downloadAndInstall}
 */
export async function downloadModel(
  task: string,
  { catalogueFile, ...options }: DownloadModelsOptions & { catalogueFile?: string },
): Promise<InstalledModels[]> {
  const { sources } = modelNamed(await readCatalogue(catalogueFile), task);
  options.reporter.warning(
    `the licence of the training data may restrict the use of a model; to find it, run nnUNet_print_pretrained_model_info ${task}`,
  );
  return downloadAndInstall(sources, options);
}

/**
 * Downloads archives of models and installs each. Partial downloads are kept in `<results>/nnUNet/.downloads` and
 * continued by the next call.
 *
 * @throws NnUNetError 'usage', 'download-failed', 'bad-checksum', 'bad-archive', 'locked', and any error from writing
 */
export async function downloadAndInstall(
  sources: readonly ModelSource[],
  options: DownloadModelsOptions,
): Promise<InstalledModels[]> {
  for (const source of sources) checkSource(source);
  const folder = join(resultsFolder(options.roots), '.downloads');
  await mkdir(folder, { recursive: true });
  try {
    const installed: InstalledModels[] = [];
    for (const source of sources) installed.push(await fetchAndInstall(source, folder, options));
    return installed;
  } finally {
    // Fails, as intended, if the folder still contains a partial download.
    await rmdir(folder).catch(() => undefined);
  }
}

async function fetchAndInstall(
  source: ModelSource,
  folder: string,
  { roots, reporter, signal: stop }: DownloadModelsOptions,
): Promise<InstalledModels> {
  const zipFile = join(folder, `${createHash('sha256').update(source.url).digest('hex').slice(0, 16)}.zip`);
  const purpose = `the download of ${source.url}`;
  const onTakeOver = (text: string) => reporter.message(text);
  return withLock(`${zipFile}.lock`, { purpose, onTakeOver, signal: stop }, async (signal) => {
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
    // A complete file is useless once it is installed, and also if it is bad.
    try {
      return await installArchive({ roots, zipFile, reporter, signal });
    } finally {
      await rm(zipFile, { force: true });
    }
  });
}
