import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';

/** A case to predict. */
export interface InputCase {
  id: string;
  /** Paths, index = modality. */
  images: string[];
}

export interface FoundCases {
  /** Sorted by id. */
  cases: InputCase[];
  /** Names of `.nii.gz` files that belong to no case or to a modality that the model does not know. */
  extra: string[];
}

const SUFFIX_LENGTH = '_0000.nii.gz'.length;

/**
 * The cases of a folder: images `<id>_<modality, four digits>.nii.gz`, each with all modalities.
 *
 * @throws NnUNetError 'missing-folder', 'no-images', 'missing-files' naming the files
 *
 * Origin: v1's `check_input_folder_and_return_caseIDs`.
 */
export async function findCases(inputFolder: string, modalities: number): Promise<FoundCases> {
  const files = (await list(inputFolder)).filter((name) => name.endsWith('.nii.gz') && !name.startsWith('.')).sort();
  if (files.length === 0) {
    throw new NnUNetError('no-images', {
      what: 'there are no images (.nii.gz) in this folder',
      where: inputFolder,
      remedy: 'Name the folder that holds the images, called CASE_0000.nii.gz, CASE_0001.nii.gz, …',
    });
  }
  const present = new Set(files);
  const ids = [...new Set(files.map((name) => name.slice(0, -SUFFIX_LENGTH)))].sort();
  const namesOf = (id: string) =>
    Array.from({ length: modalities }, (_, m) => `${id}_${String(m).padStart(4, '0')}.nii.gz`);
  const missing = ids.flatMap(namesOf).filter((name) => !present.has(name));
  if (missing.length > 0) {
    const shown = missing.slice(0, 20).join(', ');
    throw new NnUNetError('missing-files', {
      what: `missing files in the input folder: ${shown}${missing.length > 20 ? ` and ${missing.length - 20} more` : ''}`,
      where: inputFolder,
      remedy: `The model needs ${modalities} image${modalities === 1 ? '' : 's'} per case, called CASE_0000.nii.gz${modalities > 1 ? ', CASE_0001.nii.gz, …' : ''}. Add them, or move the other files away.`,
    });
  }
  const expected = new Set(ids.flatMap(namesOf));
  return {
    cases: ids.map((id) => ({ id, images: namesOf(id).map((name) => join(inputFolder, name)) })),
    extra: files.filter((name) => !expected.has(name)),
  };
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    throw new NnUNetError('missing-folder', {
      what: 'this input folder cannot be read',
      where: folder,
      remedy: 'Check the path.',
      cause,
    });
  }
}
