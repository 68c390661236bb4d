import type { Dirent } from 'node:fs';
import { NnUNetError } from '@nnunet/errors';
import { counted } from '@nnunet/errors/internal';

const CALLED = 'named CASE_0000.nii.gz, CASE_0001.nii.gz, …';

/** Makes the error for a folder without images, which says what the folder contains instead. */
export function noImages(folder: string, entries: readonly Dirent[]): NnUNetError {
  const visible = entries.filter(({ name }) => !name.startsWith('.'));
  const files = visible.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  const folders = visible.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return new NnUNetError('no-images', {
    what: `there are no images in this folder; it contains ${contentOf(files, folders)}`,
    where: folder,
    remedy: remedyFor(files, folders),
  });
}

/** Makes the error for a file where a folder is expected. */
export function notAFolder(file: string): NnUNetError {
  return new NnUNetError('not-a-folder', {
    what: 'is a file, but a folder of images is needed',
    where: file,
    remedy: `Put it into its own folder, ${CALLED.replace(', CASE_0001.nii.gz, …', '')} (one number per modality), and give that folder.`,
  });
}

/** `12 .png files and 2 folders` */
function contentOf(files: readonly string[], folders: readonly string[]): string {
  const kinds = new Map<string, number>();
  for (const name of files) kinds.set(endingOf(name), (kinds.get(endingOf(name)) ?? 0) + 1);
  const most = [...kinds].sort((a, b) => b[1] - a[1]).slice(0, 3);
  const words = most.map(([ending, count]) =>
    counted(count, ending === '' ? 'file without extension' : `${ending} file`),
  );
  if (folders.length > 0) words.push(counted(folders.length, 'folder'));
  if (words.length === 0) return 'nothing';
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function endingOf(name: string): string {
  return /(\.nii)?\.[a-z0-9]+$/i.exec(name)?.[0].toLowerCase() ?? '';
}

function remedyFor(files: readonly string[], folders: readonly string[]): string {
  const some = (endings: RegExp) => files.some((name) => endings.test(name));
  if (some(/\.png$/i))
    return 'PNG files are slices. Put the slices of each image into a folder named CASE_0000, and give the folder that contains these folders. A 2D image is one slice.';
  if (some(/\.dcm$/i))
    return 'DICOM files are slices. To predict one series, name a file for its label map. For several, put the slices of each into a folder named CASE_0000, and give the folder that contains these folders.';
  if (some(/\.(jpe?g|bmp|gif|webp)$/i)) return 'Images of this kind are not supported. Convert them to PNG or NIfTI.';
  if (some(/\.(nii\.gz|nii|nrrd|nhdr|mha|mhd|tiff?)$/i)) return `Images must be ${CALLED} with a lower-case extension.`;
  if (folders.length > 0)
    return `To collect images from patient folders, use nnUNet_import_images with \`patterns\` '{case}/…'. Folders of slices must be named CASE_0000, for example ${folders[0]}_0000.`;
  return `Give the folder that contains the images, ${CALLED}`;
}
