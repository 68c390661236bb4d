import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { notAFolder } from '@nnunet/inference/node/internal';
import { fileError } from '@nnunet/tensor/node/internal';
import { registerFormat } from '@nnunet/volume';
import { readLabels, readVolume, writeVolume } from '@nnunet/volume/node';
import type { Reporter } from './reporter.ts';

/** What `@nnunet/formats` is to those who load it when it is needed. */
export type ImageFormats = typeof import('@nnunet/formats/node');

/** Ends of names that the optional package reads; its own list, known without it. */
export const OTHER_EXTENSIONS = ['.nrrd', '.nhdr', '.mha', '.mhd', '.tif', '.tiff'];

/** The end of an image's name that makes it one for the optional package, '' for none. */
export function otherExtension(name: string): string {
  const lower = name.toLowerCase();
  return OTHER_EXTENSIONS.find((end) => lower.endsWith(end)) ?? '';
}

/**
 * Loads the optional package for other image formats and makes `readVolume` and `writeVolume` know them.
 *
 * @param where - the file that needs it
 * @throws NnUNetError 'missing-package' where it is not installed
 */
export async function loadImageFormats(where: string): Promise<ImageFormats> {
  let formats: ImageFormats;
  try {
    formats = await import('@nnunet/formats/node');
  } catch (cause) {
    const { code, message } = cause as { code?: string; message?: string };
    if (code !== 'ERR_MODULE_NOT_FOUND' || !message?.includes('@nnunet/formats')) throw cause;
    const what = 'is no NIfTI image; reading it needs an optional package';
    throw new NnUNetError('missing-package', { where, what, remedy: 'Install it: npm i @nnunet/formats', cause });
  }
  for (const format of formats.imageFormats) registerFormat(format);
  return formats;
}

/** Paths of images `<case>_<modality>` of other formats in a folder, sorted; those of folders of slices end in '/'. */
export async function otherImages(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause) => {
    if ((cause as { code?: string }).code === 'ENOTDIR') throw notAFolder(folder);
    throw fileError(cause, folder);
  });
  const paths: string[] = [];
  for (const name of names) {
    const extension = otherExtension(name);
    if (name.startsWith('.') || !/._\d{4}$/.test(withoutEnd(name, extension))) continue;
    if (extension !== '') paths.push(join(folder, name));
    else if (await isFolder(join(folder, name))) paths.push(join(folder, `${name}/`));
  }
  return paths.sort();
}

async function isFolder(path: string): Promise<boolean> {
  return readdir(path).then(
    () => true,
    () => false,
  );
}

/**
 * Makes ready for reading what a folder of images holds besides NIfTI, with a warning where an image says no spacing.
 * Returns the paths of these images.
 *
 * @throws NnUNetError 'missing-package', 'bad-image' for a spacing file that cannot be used
 */
export async function prepareImageFormats(folder: string, reporter: Reporter): Promise<string[]> {
  const paths = await otherImages(folder);
  if (paths.length === 0) return [];
  const { spacingNotice } = await loadImageFormats(paths[0]!);
  for (const path of paths) {
    const notice = await spacingNotice(path);
    if (notice !== null) reporter.warning(notice);
  }
  return paths;
}

/**
 * Writes label maps again in the format of their images where these are NRRD or MetaImage, at exactly their position.
 * NIfTI keeps positions in float32.
 *
 * @param images - paths of the images of a folder that are not NIfTI
 * @param outputFolder - holds `<case>.nii.gz`
 */
export async function writeLabelsAsImages(images: readonly string[], outputFolder: string, ids: readonly string[]) {
  for (const id of ids) {
    const image = images.find((path) => basename(path).startsWith(`${id}_0000.`));
    if (image === undefined) continue;
    const extension = { '.nrrd': '.nrrd', '.nhdr': '.nrrd', '.mha': '.mha', '.mhd': '.mha' }[otherExtension(image)];
    if (extension === undefined) continue;
    const { data } = await readLabels(join(outputFolder, `${id}.nii.gz`));
    await writeVolume(join(outputFolder, id + extension), { ...(await readVolume(image)), data });
  }
}

/**
 * @throws NnUNetError 'other-format' where a raw dataset holds images that are still to be converted
 */
export async function requireNifti(taskFolder: string): Promise<void> {
  for (const sub of ['imagesTr', 'imagesTs']) {
    const folder = join(taskFolder, sub);
    const [names, others] = await Promise.all([
      readdir(folder).catch(() => [] as string[]),
      otherImages(folder).catch(() => [] as string[]),
    ]);
    const left = others.find((path) => !names.includes(`${niftiStem(basename(path))}.nii.gz`));
    if (left === undefined) continue;
    throw new NnUNetError('other-format', {
      where: left,
      what: 'is no NIfTI image; a dataset for training needs them',
      remedy: `Convert the dataset first: nnUNet_import_images -i ${taskFolder} -o ${taskFolder}`,
    });
  }
}

/** The name of an image without its ending. */
export function niftiStem(name: string): string {
  return withoutEnd(name, /\.nii(\.gz)?$/i.exec(name)?.[0] ?? otherExtension(name));
}

function withoutEnd(name: string, end: string): string {
  return name.slice(0, name.length - end.length);
}
