import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { NnUNetError, usageError } from '@nnunet/errors';
import { counted, listed } from '@nnunet/errors/internal';
import { requireCaseId } from '@nnunet/schema/internal';
import { folderError } from '@nnunet/tensor/node/internal';
import { type ImageFormats, shippedFormats } from '@nnunet/volume';
import { noImages, notAFolder } from './no-images.ts';

/** A case to predict. */
export interface InputCase {
  id: string;
  /** Paths, indexed by modality. Folders that hold one image end in '/'. */
  images: string[];
}

export interface FoundCases {
  /** Sorted by id. */
  cases: InputCase[];
  /** Names of images that belong to no case, or to a modality that the model does not use. */
  extra: string[];
}

const NIFTI = '.nii.gz';
const NUMBER_LENGTH = '_0000'.length;
/** Ends of the names, without extension, of images with a modality number. */
export const NUMBERED = /._\d{4}$/;

/**
 * Finds the cases of a folder: images `<id>_<modality, four digits>.nii.gz`, all modalities for each case. Images in
 * other known formats are found too: `<id>_<modality>.nrrd`, or folders `<id>_<modality>`. If there is only one modality,
 * its number may be left out, in the names of all images or of none.
 *
 * @param channels number of modalities, or their names in order
 * @throws NnUNetError 'missing-folder', 'no-images', 'bad-image-name' and 'missing-file' naming the files,
 * 'bad-case-id', 'ambiguous-images'
 *
 * Origin: v1's `check_input_folder_and_return_caseIDs`.
 */
export async function findCases(
  inputFolder: string,
  channels: number | readonly string[],
  formats: ImageFormats = shippedFormats,
): Promise<FoundCases> {
  const modalities = typeof channels === 'number' ? channels : channels.length;
  const stems = await imagesIn(inputFolder, formats);
  if (stems.size === 0) {
    throw noImages(inputFolder, await list(inputFolder));
  }
  const unnumbered = [...stems].filter(([stem]) => !NUMBERED.test(stem)).map(([, name]) => name);
  if (modalities === 1 && unnumbered.length === stems.size) {
    const cases = [...stems].map(([id, name]) => ({ id, images: [join(inputFolder, name)] }));
    for (const { id } of cases) requireCaseId(id, inputFolder);
    return { cases: cases.sort(byId), extra: [] };
  }
  if (unnumbered.length > 0) {
    throw new NnUNetError('bad-image-name', {
      what: `images without a modality number at the end of the name: ${listed(unnumbered, 20)}`,
      where: inputFolder,
      remedy:
        modalities === 1
          ? 'Name all images CASE_0000.nii.gz, or none of them, and move other files away.'
          : 'Name images CASE_0000.nii.gz, CASE_0001.nii.gz, …, and move other files away.',
    });
  }
  const ids = [...new Set([...stems.keys()].map((stem) => stem.slice(0, -NUMBER_LENGTH)))].sort();
  for (const id of ids) requireCaseId(id, inputFolder);
  const stemsOf = (id: string) => Array.from({ length: modalities }, (_, m) => `${id}_${String(m).padStart(4, '0')}`);
  const missing = ids
    .flatMap(stemsOf)
    .filter((stem) => !stems.has(stem))
    .map((stem) => stem + NIFTI);
  if (missing.length > 0) {
    throw new NnUNetError('missing-file', {
      what: `missing files in the input folder: ${listed(missing, 20)}`,
      where: inputFolder,
      remedy: `The model needs ${neededImages(channels)}, named CASE_0000.nii.gz${modalities > 1 ? ', CASE_0001.nii.gz, …' : ''}. Add them, or move the other files away.`,
    });
  }
  const expected = new Set(ids.flatMap(stemsOf));
  return {
    cases: ids.map((id) => ({ id, images: stemsOf(id).map((stem) => join(inputFolder, stems.get(stem)!)) })),
    extra: [...stems].filter(([stem]) => !expected.has(stem)).map(([, name]) => name),
  };
}

/**
 * Finds the cases of a folder where one file may hold several channels: images `<id>_<four digits>` of known formats,
 * however many a case has.
 *
 * @throws NnUNetError 'missing-folder', 'no-images', 'bad-case-id', 'ambiguous-images'
 */
export async function findFilesOfCases(inputFolder: string, formats: ImageFormats): Promise<InputCase[]> {
  const stems = await imagesIn(inputFolder, formats);
  if (stems.size === 0) throw noImages(inputFolder, await list(inputFolder));
  const cases = new Map<string, string[]>();
  for (const [stem, name] of stems) {
    const id = NUMBERED.test(stem) ? stem.slice(0, -NUMBER_LENGTH) : stem;
    requireCaseId(id, inputFolder);
    cases.set(id, [...(cases.get(id) ?? []), join(inputFolder, name)]);
  }
  return [...cases].map(([id, images]) => ({ id, images: images.sort() })).sort(byId);
}

/**
 * Checks cases that were not found in a folder.
 *
 * @param channels names of the model's channels
 * @param severalPerFile whether a file may hold several of them, so that fewer files may do
 * @throws NnUNetError 'usage' for another number of images or for two cases of one name, 'bad-case-id'
 */
export function requireCases(cases: readonly InputCase[], channels: readonly string[], severalPerFile = false): void {
  const seen = new Map<string, InputCase>();
  for (const one of cases) {
    const { id, images } = one;
    requireCaseId(id, images[0]);
    const other = seen.get(id);
    if (other !== undefined) {
      const [first, second] = [other.images[0], images[0]];
      if (first === second)
        throw usageError({ what: 'this image is given twice', where: first, remedy: 'Give it once.' });
      const what = `${first} and ${second} are two cases with the same name, ${id}`;
      throw usageError({ what, remedy: 'Predict them into different output folders, or rename one.' });
    }
    seen.set(id, one);
    if (images.length === channels.length || (severalPerFile && images.length < channels.length)) continue;
    throw usageError({
      what: `the model needs ${neededImages(channels)}, but ${images.length === 1 ? '1 was' : `${images.length} were`} given`,
      where: id,
      remedy:
        channels.length === 1
          ? 'Give this image alone. Images of several cases are one list, not channels (see `cases`).'
          : 'Give one image for each of these channels, in this order (see `cases`).',
    });
  }
}

/** `2 images per case (T1, T2)` */
function neededImages(channels: number | readonly string[]): string {
  const names = typeof channels === 'number' ? [] : channels;
  const count = typeof channels === 'number' ? channels : channels.length;
  return `${counted(count, 'image')} per case${names.length === 0 ? '' : ` (${names.join(', ')})`}`;
}

/**
 * Maps image names without extension to file names, in the order of the file names. Without a modality number, only the
 * names of NIfTI files count, and those of other files if no image in the folder has a number.
 */
async function imagesIn(inputFolder: string, formats: ImageFormats): Promise<Map<string, string>> {
  const extensions = formats
    .names()
    .filter((extension) => extension !== '/' && extension !== NIFTI)
    .sort((a, b) => b.length - a.length);
  const folders = formats.names().includes('/');
  const stems = new Map<string, string>();
  const others: [stem: string, name: string][] = [];
  for (const entry of await list(inputFolder)) {
    const { name } = entry;
    if (name.startsWith('.')) continue;
    if (name.toLowerCase().endsWith(NIFTI)) {
      add(stems, name.slice(0, -NIFTI.length), name, inputFolder);
      continue;
    }
    const extension = extensions.find((end) => name.toLowerCase().endsWith(end)) ?? '';
    const stem = name.slice(0, name.length - extension.length);
    const folder = await isFolder(entry, inputFolder);
    if (!NUMBERED.test(stem)) {
      if (!folder && extension !== '') others.push([stem, name]);
      continue;
    }
    if (folder && folders && extension === '') add(stems, stem, `${name}/`, inputFolder);
    if (!folder && extension !== '') add(stems, stem, name, inputFolder);
  }
  if (![...stems.keys()].some((stem) => NUMBERED.test(stem)))
    for (const [stem, name] of others) add(stems, stem, name, inputFolder);
  return stems;
}

function byId(a: InputCase, b: InputCase): number {
  return a.id < b.id ? -1 : 1;
}

function add(stems: Map<string, string>, stem: string, name: string, inputFolder: string): void {
  const other = stems.get(stem);
  if (other !== undefined) {
    const what = `there are two images for the same case and modality: ${other} and ${name}`;
    throw new NnUNetError('ambiguous-images', { what, where: inputFolder, remedy: 'Move one of them away.' });
  }
  stems.set(stem, name);
}

async function isFolder(entry: Dirent, inputFolder: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return stat(join(inputFolder, entry.name)).then(
    (target) => target.isDirectory(),
    () => false,
  );
}

async function list(folder: string): Promise<Dirent[]> {
  try {
    return (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    if ((cause as { code?: string }).code === 'ENOTDIR') throw notAFolder(folder);
    throw folderError(cause, folder);
  }
}
