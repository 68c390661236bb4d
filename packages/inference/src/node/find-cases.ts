import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
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
const NUMBERED = /._\d{4}$/;

/**
 * Finds the cases of a folder: images `<id>_<modality, four digits>.nii.gz`, all modalities for each case. Images in
 * other known formats are found too: `<id>_<modality>.nrrd`, or folders `<id>_<modality>`.
 *
 * @throws NnUNetError 'missing-folder', 'no-images', 'bad-image-name' and 'missing-file' naming the files,
 * 'bad-case-id', 'ambiguous-images'
 *
 * Origin: v1's `check_input_folder_and_return_caseIDs`.
 */
export async function findCases(
  inputFolder: string,
  modalities: number,
  formats: ImageFormats = shippedFormats,
): Promise<FoundCases> {
  const stems = await imagesIn(inputFolder, formats);
  if (stems.size === 0) {
    throw noImages(inputFolder, await list(inputFolder));
  }
  const unnumbered = [...stems].filter(([stem]) => !NUMBERED.test(stem)).map(([, name]) => name);
  if (unnumbered.length > 0) {
    throw new NnUNetError('bad-image-name', {
      what: `images without a modality number at the end of the name: ${listed(unnumbered, 20)}`,
      where: inputFolder,
      remedy: 'Name images CASE_0000.nii.gz, even if there is only one modality, and move other files away.',
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
      remedy: `The model needs ${modalities} image${modalities === 1 ? '' : 's'} per case, named CASE_0000.nii.gz${modalities > 1 ? ', CASE_0001.nii.gz, …' : ''}. Add them, or move the other files away.`,
    });
  }
  const expected = new Set(ids.flatMap(stemsOf));
  return {
    cases: ids.map((id) => ({ id, images: stemsOf(id).map((stem) => join(inputFolder, stems.get(stem)!)) })),
    extra: [...stems].filter(([stem]) => !expected.has(stem)).map(([, name]) => name),
  };
}

/** Maps image names without extension to file names, in the order of the file names. */
async function imagesIn(inputFolder: string, formats: ImageFormats): Promise<Map<string, string>> {
  const extensions = formats
    .names()
    .filter((extension) => extension !== '/' && extension !== NIFTI)
    .sort((a, b) => b.length - a.length);
  const folders = formats.names().includes('/');
  const stems = new Map<string, string>();
  for (const entry of await list(inputFolder)) {
    const { name } = entry;
    if (name.startsWith('.')) continue;
    if (name.toLowerCase().endsWith(NIFTI)) {
      add(stems, name.slice(0, -NIFTI.length), name, inputFolder);
      continue;
    }
    const extension = extensions.find((end) => name.toLowerCase().endsWith(end)) ?? '';
    const stem = name.slice(0, name.length - extension.length);
    if (!NUMBERED.test(stem)) continue;
    const folder = await isFolder(entry, inputFolder);
    if (folder && folders && extension === '') add(stems, stem, `${name}/`, inputFolder);
    if (!folder && extension !== '') add(stems, stem, name, inputFolder);
  }
  return stems;
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
