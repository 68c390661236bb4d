import { randomUUID } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import type { Reporter } from '@nnunet/pipeline';
import { formatJson, type Roots } from '@nnunet/schema';
import { needRoot, resultsFolder } from '@nnunet/schema/internal';
import { fileError, writeFileAtomic } from '@nnunet/tensor/node/internal';
import type { ArchiveLimits } from './archive-rules.ts';
import { describeTrainedModelV2 } from './describe-trained-model-v2.ts';
import { MODEL_CARD } from './model-card.ts';
import { modelCardText } from './model-card-text.ts';
import { ModelArchive, type OpenMember } from './open-archive.ts';

export interface InstallArchiveOptions {
  roots: Roots;
  zipFile: string;
  limits?: ArchiveLimits;
  reporter: Reporter;
  signal?: AbortSignal;
}

export interface InstalledModels {
  /** Below `folder`: `<CONFIG>/<TASK>/<TRAINER>__<PLANS>`, or in v2 `<DATASET>/<TRAINER>__<PLANS>__<CONFIG>`. */
  models: string[];
  /** Folder they were installed in: `<results>/nnUNet`, or for models of v2 `<results>`. */
  folder: string;
  /** Number of existing files that were replaced. */
  replaced: number;
}

/**
 * Implements nnUNet_install_pretrained_model_from_zip: installs the models of an archive in the results folder,
 * replacing files of the same names. The archive is not trusted: all members are checked and unpacked before the first
 * file is put in place (v1 extracts whatever it contains). Models of v2 get a model card.
 *
 * @throws NnUNetError 'usage' if there is no results folder, 'missing-file', 'bad-archive', 'not-a-file', 'disk-full',
 * …
 */
export async function installArchive(options: InstallArchiveOptions): Promise<InstalledModels> {
  const { roots, zipFile, limits, reporter, signal } = options;
  needRoot(roots, 'results');
  const archive = await ModelArchive.open(zipFile, limits);
  const folder = archive.kind === 'v2' ? needRoot(roots, 'results') : resultsFolder(roots);
  const staging = new Staging(folder);
  try {
    const { members } = archive;
    const replaced = await existing(folder, members);
    for (const [index, member] of members.entries()) {
      signal?.throwIfAborted();
      await unpack(archive, member, staging.pathOf(member.name));
      reporter.progress({ what: 'unpacking', done: index + 1, total: members.length, note: basename(member.name) });
    }
    // From here on, files are only renamed.
    for (const { name } of members) {
      const target = join(folder, name);
      await mkdir(dirname(target), { recursive: true });
      await rename(staging.pathOf(name), target);
    }
    const models = modelsOf(archive);
    if (archive.kind === 'v2') {
      const brought = (model: string) => members.some(({ name }) => name === `${model}/${MODEL_CARD.json}`);
      for (const model of models) if (!brought(model)) await writeCard(join(folder, model), reporter);
    }
    return { models, folder, replaced };
  } catch (error) {
    throw fileError(error, folder);
  } finally {
    archive.close();
    await staging.remove();
  }
}

/**
 * Holds the files until all are unpacked, in hidden folders: each in the deepest existing folder on the file's path. A
 * sub-folder may be a link to another disk, and files can only be moved by renaming within one disk.
 */
class Staging {
  readonly #folder: string;
  readonly #hidden = `.installing-${randomUUID()}`;
  readonly #paths = new Map<string, string>();
  readonly #made = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  pathOf(name: string): string {
    const known = this.#paths.get(name);
    if (known !== undefined) return known;
    const target = join(this.#folder, name);
    let there = dirname(target);
    while (there.length > this.#folder.length && !existsSync(there)) there = dirname(there);
    const path = join(there, this.#hidden, relative(there, target));
    this.#made.add(join(there, this.#hidden));
    this.#paths.set(name, path);
    return path;
  }

  async remove(): Promise<void> {
    for (const folder of this.#made) if (existsSync(folder)) await rm(folder, { recursive: true });
  }
}

/**
 * Returns the number of files that will be replaced.
 *
 * @throws NnUNetError 'not-a-file' if a folder is in the way
 */
async function existing(folder: string, members: readonly OpenMember[]): Promise<number> {
  let count = 0;
  for (const { name } of members) {
    const path = join(folder, name);
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw fileError(error, path);
    });
    if (found === null) continue;
    count++;
    if (found.isFile()) continue;
    throw new NnUNetError('not-a-file', {
      what: 'is a folder where the archive has a file',
      where: path,
      remedy: 'Nothing was installed. Move this folder away.',
    });
  }
  return count;
}

async function unpack(archive: ModelArchive, member: OpenMember, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  try {
    await pipeline(Readable.from(archive.read(member)), createWriteStream(target, { flags: 'wx', flush: true }));
  } catch (error) {
    throw isNnUNetError(error) ? error : fileError(error, target);
  }
}

/** Writes the card of a model of v2, or says why the model cannot be used. */
async function writeCard(modelFolder: string, reporter: Reporter): Promise<void> {
  try {
    const card = await describeTrainedModelV2(modelFolder);
    await writeFileAtomic(join(modelFolder, MODEL_CARD.text), modelCardText(card));
    await writeFileAtomic(join(modelFolder, MODEL_CARD.json), formatJson(card));
  } catch (error) {
    if (!isNnUNetError(error)) throw error;
    reporter.warning(`this model is installed, but cannot be used for prediction here: ${error.message}`);
  }
}

/** Returns the folders of trained models, sorted. */
function modelsOf({ kind, members }: ModelArchive): string[] {
  const depth = kind === 'v2' ? 2 : 3;
  const folders = members
    .map(({ name }) => name.split('/'))
    .filter((parts) => parts.length > depth && parts[kind === 'v2' ? 1 : 0] !== 'ensembles')
    .map((parts) => parts.slice(0, depth).join('/'));
  return [...new Set(folders)].sort();
}
