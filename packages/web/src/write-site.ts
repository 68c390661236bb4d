import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { usageError } from '@nnunet/errors';
import { fileError, isFolder, namesIn, replaceFolder, requireWritable } from '@nnunet/tensor/node/internal';
import { SITE_FILE, type SiteDescription } from './site-description.ts';
import { siteFolder } from './site-folder.ts';

export interface WriteSiteOptions {
  /** Folder to write; an earlier site in it is replaced. */
  folder: string;
  /** Writes the model and the example, if there is one, to a folder, and describes them. */
  fill(folder: string): Promise<SiteDescription>;
  signal?: AbortSignal;
}

/** Files that not every visit needs: they are kept for later visits once they were loaded. */
const LATER = /^(onnxruntime-web\/|(tuning|image)-worker\.js$)/;

/** The browser itself looks after this one. */
const SERVICE_WORKER = 'service-worker.js';

/**
 * Writes the page with a model to a folder that any web server for files can serve. The folder appears when it is
 * complete.
 *
 * @throws NnUNetError 'usage' if the folder contains anything else; 'not-built', 'disk-full', 'no-access', …; the
 * signal's reason when aborted; any error of `fill`
 */
export async function writeSite({ folder, fill, signal }: WriteSiteOptions): Promise<void> {
  const target = resolve(folder);
  const page = siteFolder();
  await requireSiteOrNothing(target);
  await requireWritable(dirname(target));
  const hidden = join(dirname(target), `.${basename(target).slice(0, 75)}.${randomUUID()}`);
  try {
    await mkdir(hidden, { recursive: true });
    await cp(page, hidden, { recursive: true });
    signal?.throwIfAborted();
    const description = await fill(hidden);
    signal?.throwIfAborted();
    await writeFile(join(hidden, SITE_FILE), `${JSON.stringify(description, null, 2)}\n`);
    await listFiles(hidden, description);
    await replaceFolder(hidden, target);
  } catch (error) {
    signal?.throwIfAborted();
    throw fileError(error, target);
  } finally {
    await rm(hidden, { recursive: true, force: true });
  }
}

/** @throws NnUNetError 'usage' if there is anything that no site of this program contains */
async function requireSiteOrNothing(folder: string): Promise<void> {
  if ((await stat(folder).catch(() => null)) === null) return;
  const names = await namesIn(folder);
  const script = await readFile(join(folder, SERVICE_WORKER), 'utf8').catch(() => '');
  const [, list] = /^self\.siteFiles=(\{.*\});\n/.exec(script) ?? [];
  const files: Partial<Record<string, string[]>> = list === undefined ? {} : JSON.parse(list);
  const known = new Set([SERVICE_WORKER, ...(files.first ?? []), ...(files.later ?? [])]);
  // Another folder may be large: one name of it is enough.
  const other = list === undefined ? names[0] : (await pathsIn(folder)).find((path) => !known.has(path));
  if (other === undefined) return;
  throw usageError({
    what: `contains files of something else, such as ${other}`,
    where: folder,
    remedy: 'Give a new folder. Only a page that was exported earlier is replaced.',
  });
}

/** Lists the files in a folder and those below, sorted, with slashes. */
async function pathsIn(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for (const path of (await readdir(folder, { recursive: true })).sort())
    if (!(await isFolder(join(folder, path)))) paths.push(path.replaceAll('\\', '/'));
  return paths;
}

/** Tells the service worker which files there are, and by their content whether they have changed. */
async function listFiles(folder: string, { model, example }: SiteDescription): Promise<void> {
  const paths = (await pathsIn(folder)).filter((path) => path !== SERVICE_WORKER);
  const hash = createHash('sha256');
  for (const path of paths) {
    hash.update(`${path}\n`);
    for await (const piece of createReadStream(join(folder, path))) hash.update(piece);
  }
  const large = new Set([model.file, ...(example?.files ?? [])]);
  const isLater = (path: string) => large.has(path) || LATER.test(path);
  const files = {
    version: hash.digest('hex').slice(0, 16),
    first: paths.filter((path) => !isLater(path)),
    later: paths.filter(isLater),
  };
  const script = join(folder, SERVICE_WORKER);
  await writeFile(script, `self.siteFiles=${JSON.stringify(files)};\n${await readFile(script, 'utf8')}`);
}
