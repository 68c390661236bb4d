import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { nearestNames } from '@nnunet/errors/internal';
import { formatJson } from '@nnunet/schema';
import { fileError, readTextFile, writeFileAtomic } from '@nnunet/tensor/node/internal';
import type { CataloguedModel } from './catalogued-model.ts';
import { knownModels } from './known-models.ts';
import { parseHubAddress } from './model-address.ts';

/** Task name to model. */
export type Catalogue = ReadonlyMap<string, CataloguedModel>;

/**
 * Reads the catalogue of models that can be downloaded by name: a catalogue file, or the published models of nnU-Net
 * v1.
 *
 * The file is JSON: task name to `{"description": text, "url": URL or list of URLs, "sha256": sum or list of sums}`,
 * where `sha256` is optional. `nnUNet_print_available_pretrained_models --export` writes such a file.
 *
 * @throws NnUNetError 'missing-file', 'bad-catalogue'
 */
export async function readCatalogue(file?: string): Promise<Catalogue> {
  if (file === undefined) return knownModels;
  let text: string;
  try {
    text = await readTextFile(file);
  } catch (error) {
    throw fileError(error, file);
  }
  return parseCatalogue(text, file);
}

/** @throws NnUNetError 'bad-catalogue' */
export function parseCatalogue(text: string, where: string): Catalogue {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw bad(where, 'this is not JSON', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(where, 'an object was expected');
  const models = new Map<string, CataloguedModel>();
  for (const [task, entry] of Object.entries(value)) {
    const { description = '', url, sha256 } = (entry ?? {}) as Record<string, unknown>;
    const urls = listOf(url);
    const sums = sha256 === undefined ? [] : listOf(sha256);
    if (typeof description !== 'string') throw bad(where, `${task}: "description" must be a string`);
    if (urls === null || urls.length === 0 || !urls.every(isUrl))
      throw bad(where, `${task}: "url" must be a URL (http, https or file) or hf:OWNER/NAME, or a list of these`);
    if (sums === null || (sums.length !== 0 && sums.length !== urls.length) || !sums.every(isSum))
      throw bad(where, `${task}: "sha256" must be 64 hexadecimal digits for each URL`);
    const sources = urls.map((address, i) =>
      sums[i] === undefined ? { url: address } : { url: address, sha256: sums[i] },
    );
    models.set(task, { description, sources });
  }
  return models;
}

/** Formats a catalogue file. */
export function formatCatalogue(catalogue: Catalogue): string {
  const object: Record<string, unknown> = {};
  for (const [task, { description, sources }] of catalogue) {
    const one = <T>(list: T[]) => (list.length === 1 ? list[0] : list);
    const sums = sources.flatMap(({ sha256 }) => (sha256 === undefined ? [] : [sha256]));
    object[task] = {
      description,
      url: one(sources.map(({ url }) => url)),
      ...(sums.length === sources.length && { sha256: one(sums) }),
    };
  }
  return formatJson(object);
}

/** @throws NnUNetError 'unknown-model' */
export function modelNamed(catalogue: Catalogue, task: string): CataloguedModel {
  const model = catalogue.get(task);
  if (model !== undefined) return model;
  throw new NnUNetError('unknown-model', {
    what: `there is no pretrained model called "${task}"`,
    remedy: nearestNames(
      task,
      [...catalogue.keys()],
      'nnUNet_print_available_pretrained_models lists them; `catalogueFile` names a list of your own.',
    ),
  });
}

function listOf(value: unknown): unknown[] | null {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value : null;
}

function isUrl(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  return (/^(https?|file):\/\//.test(value) && URL.canParse(value)) || parseHubAddress(value) !== null;
}

function isSum(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value);
}

function bad(where: string, what: string, cause?: unknown): NnUNetError {
  const remedy =
    'A catalogue is a JSON object such as {"Task501_Liver": {"description": "CT, liver", "url": "https://…/model.zip", "sha256": "…"}}.';
  return new NnUNetError('bad-catalogue', { what, where, remedy, cause });
}

/**
 * Writes a catalogue as available_models.json. Returns the path of the file.
 *
 * @throws NnUNetError 'missing-folder', 'no-access', …
 */
export async function exportCatalogue(catalogue: Catalogue, folder: string): Promise<string> {
  const file = join(folder, 'available_models.json');
  if (!existsSync(folder)) {
    throw new NnUNetError('missing-folder', {
      what: 'the folder for the list of models does not exist',
      where: folder,
      remedy: 'Create it first, or give an existing folder.',
    });
  }
  await writeFileAtomic(file, formatCatalogue(catalogue));
  return file;
}
