import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import type { Progress, Reporter } from '@nnunet/pipeline';
import type { Roots } from '@nnunet/schema';
import { resultsFolder } from '@nnunet/schema/internal';
import { withLock } from '@nnunet/store';
import { type ArchiveCache, readCached, removeCached, trimCache, writeCached } from './archive-cache.ts';
import { DEFAULT_MAX_BYTES } from './archive-rules.ts';
import { modelNamed, readCatalogue } from './catalogue.ts';
import type { ModelSource } from './catalogued-model.ts';
import { downloadFile, repeatedly } from './download-file.ts';
import { sendRequest } from './http-request.ts';
import { findOnHub, type HubAccess, type WebSource } from './hugging-face.ts';
import { type InstalledModels, installArchive } from './install-archive.ts';
import { checkSource, parseHubAddress } from './model-address.ts';

export interface DownloadModelsOptions {
  roots: Roots;
  /** Default: archives are kept in `<results>/nnUNet/.downloads` while they are incomplete, and not afterwards. */
  cache?: ArchiveCache;
  /** For addresses `hf:OWNER/NAME`. */
  hub?: HubAccess;
  /** Use the cache only. Default: false. */
  offline?: boolean;
  /** Milliseconds to wait before each further attempt after a failure that may pass. Default: 1000 to 16 000, 5 times. */
  retryDelays?: readonly number[];
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
 * Downloads archives of models and installs each. Interrupted downloads are continued by the next call.
 *
 * @throws NnUNetError 'usage', 'download-failed', 'bad-checksum', 'bad-archive', 'locked', and any error from writing
 */
export async function downloadAndInstall(
  sources: readonly ModelSource[],
  options: DownloadModelsOptions,
): Promise<InstalledModels[]> {
  const checked = sources.map(checkSource);
  const own = join(resultsFolder(options.roots), '.downloads');
  const installed: InstalledModels[] = [];
  for (const source of checked) {
    // A file on this machine needs no second copy that stays.
    const cache = source.url.startsWith('file:') ? undefined : options.cache;
    const folder = cache?.folder ?? own;
    await mkdir(folder, { recursive: true });
    try {
      installed.push(await fetchAndInstall(source, folder, { ...options, cache }));
    } finally {
      // Fails, as intended, if the folder still contains a partial download.
      if (cache === undefined) await rmdir(own).catch(() => undefined);
    }
  }
  return installed;
}

async function fetchAndInstall(
  source: ModelSource,
  folder: string,
  options: DownloadModelsOptions,
): Promise<InstalledModels> {
  const { roots, cache, reporter } = options;
  const zipFile = join(folder, `${createHash('sha256').update(source.url).digest('hex').slice(0, 16)}.zip`);
  const purpose = `the download of ${source.url}`;
  const onTakeOver = (text: string) => reporter.message(text);
  return withLock(`${zipFile}.lock`, { purpose, onTakeOver, signal: options.signal }, async (signal) => {
    await fetchArchive(source, zipFile, { ...options, signal });
    let keep = cache !== undefined;
    try {
      return await installArchive({ roots, zipFile, reporter, signal });
    } catch (error) {
      if (isNnUNetError(error, 'bad-archive')) keep = false;
      throw error;
    } finally {
      if (!keep) await removeCached(zipFile);
      else await trimCache(cache!, zipFile);
    }
  });
}

/** Brings an archive to `zipFile`, unless the cached one is what would be downloaded. */
async function fetchArchive(source: ModelSource, zipFile: string, options: DownloadModelsOptions): Promise<void> {
  const { cache, hub = {}, offline = false, retryDelays, reporter, signal } = options;
  const onMessage = (text: string) => reporter.message(text);
  const retries = { retryDelays, signal, onMessage };
  const cached = existsSync(zipFile) ? await readCached(zipFile) : null;
  if (offline) return requireCached(cached?.sha256, source, options);
  const address = parseHubAddress(source.url);
  const found: WebSource =
    address === null ? source : { ...(await repeatedly(() => findOnHub(address, hub, signal), retries)) };
  if (address !== null && source.sha256 !== undefined) found.sha256 = source.sha256;
  const current =
    cached !== null &&
    (found.sha256 === undefined
      ? await repeatedly(() => isUnchanged(found, cached.validator, signal), retries)
      : found.sha256 === cached.sha256);
  if (current) {
    reporter.message(`using the archive that was downloaded before: ${zipFile}`);
    return;
  }
  // From here on it is incomplete, or another one.
  if (cached !== null) await removeCached(zipFile);
  if (cache !== undefined) reporter.message(`downloading to ${zipFile}`);
  const onProgress = progressOf(source.url, reporter);
  const { url } = found;
  const archive = await downloadFile({
    ...found,
    target: zipFile,
    maxBytes: DEFAULT_MAX_BYTES,
    onProgress,
    ...retries,
  });
  if (cache !== undefined) await writeCached(zipFile, { url, ...archive });
}

function requireCached(
  found: string | undefined,
  { url, sha256 }: ModelSource,
  { cache, reporter }: DownloadModelsOptions,
): void {
  if (found !== undefined && (sha256 === undefined || sha256 === found)) {
    reporter.message('using the archive that was downloaded before');
    return;
  }
  throw new NnUNetError('download-failed', {
    what:
      found === undefined
        ? 'this archive was not downloaded before, and downloads are switched off'
        : `the archive that was downloaded before has the SHA-256 ${found} instead of ${sha256}, and downloads are switched off`,
    where: url,
    remedy: `Leave out \`offline\`, or install the archive from a file.${cache === undefined ? '' : ` Downloaded archives are in ${cache.folder}.`}`,
  });
}

/** Asks the server whether a file is still the same. */
async function isUnchanged(
  { url, headers }: WebSource,
  validator: string | null,
  signal?: AbortSignal,
): Promise<boolean> {
  if (validator === null) return false;
  const condition = /^"/.test(validator) ? 'if-none-match' : 'if-modified-since';
  const response = await sendRequest(url, { headers: { ...headers, [condition]: validator }, signal });
  await response.body?.cancel();
  return response.status === 304;
}

/** Reports megabytes, and the time left by what this call received. */
function progressOf(note: string, reporter: Reporter): (done: number, total: number | undefined) => void {
  const started = performance.now();
  let before: number | undefined;
  return (bytes, of) => {
    const done = Math.round(bytes / 1e6);
    const progress: Progress = { what: 'downloading (MB)', done, total: done + 1, note };
    if (of !== undefined) {
      progress.total = Math.round(of / 1e6);
      // What an earlier call received says nothing of the speed.
      before ??= bytes;
      const received = bytes - before;
      if (received > 0) progress.secondsLeft = ((performance.now() - started) / 1000 / received) * (of - bytes);
    }
    reporter.progress(progress);
  };
}
