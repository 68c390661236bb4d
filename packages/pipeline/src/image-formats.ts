import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import type { InputCase } from '@nnunet/inference/node';
import { NUMBERED, notAFolder, requireOtherFile } from '@nnunet/inference/node/internal';
import { folderError, isFolder } from '@nnunet/tensor/node/internal';
import { type ImageFormat, type ImageFormats, shippedFormats } from '@nnunet/volume';
import { OPTIONAL_EXTENSIONS } from '@nnunet/volume/internal';
import { readGeometry, readLabels, writeVolume } from '@nnunet/volume/node';
import type { Reporter } from './reporter.ts';

/** The optional package, and the formats known with it. */
type OtherFormats = typeof import('@nnunet/formats/node') & { formats: ImageFormats };

/**
 * Returns an image's file extension in lower case if it is of a known format or one of the optional package; '' for
 * NIfTI and others.
 */
export function otherExtension(name: string, known: ImageFormats): string {
  const lower = name.toLowerCase();
  const ends = [...known.names(), ...OPTIONAL_EXTENSIONS].sort((a, b) => b.length - a.length);
  const end = ends.find((extension) => lower.endsWith(extension)) ?? '';
  return shippedFormats.names().includes(end) ? '' : end;
}

/** Returns whether an image can be read without the optional package. */
export function isKnownFormat(path: string, known: ImageFormats): boolean {
  return known.names().some((end) => path.toLowerCase().endsWith(end));
}

/**
 * Loads the optional package for other image formats.
 *
 * @param where the file that needs it
 * @param known formats
 * @throws NnUNetError 'missing-package' if it is not installed
 */
export async function loadImageFormats(where: string, known: ImageFormats): Promise<OtherFormats> {
  try {
    const other = await import('@nnunet/formats/node');
    return { ...other, formats: formatsBeside(known, other.imageFormats) };
  } catch (cause) {
    const { code, message } = cause as { code?: string; message?: string };
    if (code !== 'ERR_MODULE_NOT_FOUND' || !message?.includes('@nnunet/formats')) throw cause;
    const what = 'is not a NIfTI image; reading it needs an optional package';
    throw new NnUNetError('missing-package', { where, what, remedy: 'Install it: npm i @nnunet/formats', cause });
  }
}

/** The known formats, with others for files that these do not read. */
export function formatsBeside(known: ImageFormats, others: readonly ImageFormat[]): ImageFormats {
  const names = new Set(known.names());
  return known.with(...others.filter(({ extensions }) => !extensions.some((end) => names.has(end))));
}

/**
 * Returns the formats needed to read images: the known ones, with those of the optional package if an image has another.
 *
 * @throws NnUNetError 'missing-package'
 */
export async function formatsToRead(paths: readonly string[], known: ImageFormats): Promise<ImageFormats> {
  const other = paths.find((path) => !isKnownFormat(path, known));
  return other === undefined ? known : (await loadImageFormats(other, known)).formats;
}

/**
 * Returns the paths of images `<case>_<modality>` in other formats in a folder, sorted; those of folders of slices end
 * in '/'. If no image of the folder has a modality number, the files without one.
 */
export async function otherImages(folder: string, known: ImageFormats): Promise<string[]> {
  const names = await readdir(folder).catch((cause) => {
    if ((cause as { code?: string }).code === 'ENOTDIR') throw notAFolder(folder);
    throw folderError(cause, folder);
  });
  const numbered: string[] = [];
  const unnumbered: string[] = [];
  const visible = names.filter((name) => !name.startsWith('.'));
  for (const name of visible) {
    const extension = otherExtension(name, known);
    if (!NUMBERED.test(niftiStem(name, known))) {
      if (extension !== '') unnumbered.push(join(folder, name));
    } else if (extension !== '') numbered.push(join(folder, name));
    else if (await isFolder(join(folder, name))) numbered.push(join(folder, `${name}/`));
  }
  return (visible.some((name) => NUMBERED.test(niftiStem(name, known))) ? numbered : unnumbered).sort();
}

/** Images to predict: a folder of them, or cases. */
interface Images {
  inputFolder?: string;
  cases?: readonly InputCase[];
}

/**
 * Returns which of the images are not NIfTI, and the formats needed to read them. Warns if an image has no spacing.
 *
 * @throws NnUNetError 'missing-package', 'bad-image' for an unusable spacing file
 */
export async function imagesBesideNifti(
  { inputFolder, cases = [] }: Images,
  known: ImageFormats,
  reporter: Reporter,
): Promise<{ paths: string[]; formats: ImageFormats }> {
  const paths = cases.flatMap(({ images }) =>
    images.filter((path) => path.endsWith('/') || otherExtension(path, known)),
  );
  if (inputFolder !== undefined) paths.push(...(await otherImages(inputFolder, known)));
  const unknown = paths.filter((path) => !isKnownFormat(path, known));
  const [first] = unknown;
  if (first === undefined) return { paths, formats: known };
  const { spacingNotice, formats } = await loadImageFormats(first, known);
  for (const path of unknown) {
    const notice = await spacingNotice(path);
    if (notice !== null) reporter.warning(notice);
  }
  return { paths, formats };
}

/**
 * Rewrites label maps in the format of their images if these are NRRD, MetaImage or GIPL, at exactly their position. (NIfTI
 * stores positions in float32.)
 *
 * @param images of a folder that are not NIfTI, and their formats
 * @param outputFolder contains `<case>.nii.gz`
 */
export async function writeLabelsAsImages(
  { paths, formats }: { paths: readonly string[]; formats: ImageFormats },
  outputFolder: string,
  ids: readonly string[],
) {
  for (const id of ids) {
    const image = imageOfCase(id, paths, formats);
    if (image === undefined) continue;
    const output = labelsLike(image, join(outputFolder, id), formats);
    if (output !== null) await convertLabels(join(outputFolder, `${id}.nii.gz`), { image, output }, formats);
  }
}

/** Returns the first image of a case among images that are not NIfTI; undefined if it is another. */
export function imageOfCase(id: string, paths: readonly string[], formats: ImageFormats): string | undefined {
  return paths.find((path) => [id, `${id}_0000`].includes(niftiStem(basename(path), formats)));
}

/**
 * Requires that {@link writeLabelsAsImages} replaces none of the images of cases.
 *
 * @throws NnUNetError 'usage'
 */
export async function requireOtherImages(
  cases: readonly InputCase[],
  outputFolder: string,
  formats: ImageFormats,
): Promise<void> {
  for (const { id, images } of cases) {
    const output = labelsLike(images[0]!, join(outputFolder, id), formats);
    if (output !== null) await requireOtherFile(images, output, 'Give another output folder.');
  }
}

/** Returns the path of a label map in the format of an image; null if that is another than NRRD, MetaImage and GIPL. */
function labelsLike(image: string, base: string, formats: ImageFormats): string | null {
  const extension = { '.nrrd': '.nrrd', '.nhdr': '.nrrd', '.mha': '.mha', '.mhd': '.mha', '.gipl': '.gipl' }[
    otherExtension(image, formats)
  ];
  return extension === undefined ? null : base + extension;
}

/** Writes a NIfTI label map in the format that the name of the output says, at exactly the position of its image. */
export async function convertLabels(
  labelFile: string,
  { image, output }: { image: string; output: string },
  formats: ImageFormats,
): Promise<void> {
  const { data } = await readLabels(labelFile);
  await writeVolume(output, { ...(await readGeometry(image, formats)), data }, formats);
}

/** @throws NnUNetError 'other-format' if a raw dataset contains images that have yet to be converted */
export async function requireNifti(taskFolder: string, known: ImageFormats): Promise<void> {
  for (const sub of ['imagesTr', 'imagesTs']) {
    const folder = join(taskFolder, sub);
    const [names, others] = await Promise.all([
      readdir(folder).catch(() => [] as string[]),
      otherImages(folder, known).catch(() => [] as string[]),
    ]);
    const left = others.find((path) => !names.includes(`${niftiStem(basename(path), known)}.nii.gz`));
    if (left === undefined) continue;
    throw new NnUNetError('other-format', {
      where: left,
      what: 'is not a NIfTI image, as datasets for training require',
      remedy: `Convert the dataset first: nnUNet_import_images \`input\` ${taskFolder} \`output\` ${taskFolder}`,
    });
  }
}

/** Returns the name of an image without its extension. */
export function niftiStem(name: string, known: ImageFormats): string {
  return withoutEnd(name, /\.nii(\.gz)?$/i.exec(name)?.[0] ?? otherExtension(name, known));
}

/** The path of an image without its file extension. */
export function stemOf(path: string, known: ImageFormats = shippedFormats): string {
  return join(dirname(path), niftiStem(basename(path), known));
}

function withoutEnd(name: string, end: string): string {
  return name.slice(0, name.length - end.length);
}
