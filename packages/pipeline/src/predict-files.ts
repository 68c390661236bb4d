import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { NnUNetError, usageError } from '@nnunet/errors';
import { counted } from '@nnunet/errors/internal';
import type { InputCase } from '@nnunet/inference/node';
import { NUMBERED, requireOtherFile } from '@nnunet/inference/node/internal';
import { copyFileAtomic, isFolder, requireWritable } from '@nnunet/tensor/node/internal';
import type { ImageFormats } from '@nnunet/volume';
import { formatOf, OPTIONAL_EXTENSIONS } from '@nnunet/volume/internal';
import { readLabels, writeVolume } from '@nnunet/volume/node';
import { allInOrder } from './all-in-order.ts';
import { type DicomKind, type DicomOutput, dicomFile, requireOutsideSeries, seriesIn } from './dicom-output.ts';
import { shippedExtensions } from './extensions.ts';
import {
  convertLabels,
  formatsToRead,
  isKnownFormat,
  loadImageFormats,
  niftiStem,
  otherExtension,
  stemOf,
} from './image-formats.ts';
import { keptTable, writeLabelTables } from './label-table.ts';
import { predict } from './predict.ts';
import type { PredictImagesOptions, PredictResult } from './predict-options.ts';
import { formatsOfModel } from './v2/own-images.ts';

/** Names of files rather than folders, to which no label map can be written. */
const OTHER_FILES = /\.(png|jpe?g|bmp|gif|hdr|img|mgz|npy|npz|zip|(?<!\.nii\.)gz)$/i;

export interface PredictFilesOptions extends Omit<PredictImagesOptions, 'inputFolder' | 'cases' | 'outputFolder'> {
  /**
   * One list per channel, in the model's order, with one image per case: files, or folders of slices. Or the folder of
   * images alone: `[[folder]]`.
   */
  inputs: readonly (readonly string[])[];
  /**
   * Folder for the label maps, or the file for that of a single case: .nii.gz, .nii, .nrrd or .mha; .dcm for a DICOM
   * object instead of a label map.
   */
  output: string;
}

/**
 * Implements nnUNet_predict: predicts single images or the cases of a folder. What a folder of one input means depends
 * on the output: with a file as output it contains the slices of one image, otherwise one or more cases. For DICOM
 * objects, it may be a DICOM series itself, or contain a folder for each.
 *
 * @throws NnUNetError 'usage' for inputs that do not go together, 'missing-file', 'exists', 'unknown-format'; the errors
 * of {@link predict}
 */
export async function predictFiles({ inputs, output, ...options }: PredictFilesOptions): Promise<PredictResult> {
  const known = await formatsOfModel(options, (options.extensions ?? shippedExtensions).formats);
  if (OTHER_FILES.test(output) && !isKnownFormat(output, known) && !(await isFolder(output))) throw notWritten(output);
  const toFile = (isImageName(output, known) || isDicomName(output)) && !(await isFolder(output));
  const [only, ...others] = inputs.flat();
  if (only !== undefined && others.length === 0 && !toFile) {
    const found = await stat(only).catch(() => null);
    const isFile = found === null ? isImageName(only, known) : !found.isDirectory();
    const series = isFile || options.dicom === undefined ? [] : await seriesIn(only, known);
    if (series.length > 0) return predict({ ...options, cases: await casesOf([series], known), outputFolder: output });
    if (!isFile) return predict({ ...options, inputFolder: only, outputFolder: output });
  }
  const cases = await casesOf(inputs, known);
  if (!toFile) return predict({ ...options, cases, outputFolder: output });
  return predictOne(cases, output, { ...options, known });
}

function notWritten(output: string): NnUNetError {
  const what = 'label maps cannot be written in this format';
  const remedy = 'Choose a name that ends in .nii.gz, .nii, .nrrd or .mha.';
  return new NnUNetError('unknown-format', { what, where: output, remedy });
}

/** Predicts a single case into a temporary folder, and then writes the file. */
async function predictOne(
  cases: readonly InputCase[],
  output: string,
  { known, ...options }: Omit<PredictFilesOptions, 'inputs' | 'output'> & { known: ImageFormats },
): Promise<PredictResult> {
  const [first, second] = cases as [InputCase, InputCase?];
  if (second !== undefined) {
    throw usageError({
      what: `${counted(cases.length, 'case')} cannot be written to one file`,
      where: output,
      remedy: 'Name a folder. If the images are channels of one case, give each of them with an `inputs` of its own.',
    });
  }
  if (options.saveSoftmax) {
    const remedy = 'Name a folder, or leave out `saveSoftmax`.';
    throw usageError({ what: 'probabilities need an output folder', where: output, remedy });
  }
  if (options.numParts !== 1) {
    const remedy = 'Name a folder, or leave out `partId` and `numParts`.';
    throw usageError({ what: 'a single case cannot be predicted in parts', where: output, remedy });
  }
  const objects = dicomFilesOf(output, options.dicom, known);
  for (const file of new Set([output, ...objects.values()])) {
    await requireOtherFile(first.images, file, 'Give another name.');
    if (existsSync(file) && !options.overwrite) {
      const remedy = 'Give another name, or allow replacing it with `overwrite`.';
      throw new NnUNetError('exists', { what: 'this file already exists', where: file, remedy });
    }
  }
  const formats = await formatsToRead([output, ...first.images], known);
  if (!isDicomName(output) && formatOf(output, formats).write === undefined) throw notWritten(output);
  if (objects.size > 0) await requireOutsideSeries(cases, dirname(resolve(output)));
  await requireSlices(first.images, known);
  const folder = dirname(resolve(output));
  await requireWritable(folder);
  const outputFolder = await mkdtemp(join(tmpdir(), 'nnunet-predict-'));
  try {
    const dicom = objects.size > 0 ? { ...options.dicom, kinds: [...objects.keys()] } : undefined;
    const result = await predict({ ...options, cases: [first], outputFolder, keepFormat: false, dicom });
    const base = join(outputFolder, first.id);
    await mkdir(folder, { recursive: true });
    for (const [kind, file] of objects) await copyFileAtomic(dicomFile(base, kind), file);
    if (isDicomName(output)) return result;
    const labels = `${base}.nii.gz`;
    const [image] = first.images as [string];
    const own = known.names().find((end) => existsSync(base + end)) ?? '';
    if (!existsSync(labels)) await writeVolume(output, await readLabels(base + own, formats), formats);
    else if (/\.nii\.gz$/i.test(output)) await copyFileAtomic(labels, output);
    else await convertLabels(labels, { image, output }, formats);
    const onKept = (file: string) => options.reporter.warning(keptTable(file));
    await writeLabelTables(stemOf(output, formats), result.labelNames, options.overwrite ? undefined : onKept);
    return result;
  } finally {
    await rm(outputFolder, { recursive: true, force: true });
  }
}

/** Requires that folders contain the slices of an image, and not, for example, images of several cases. */
async function requireSlices(images: readonly string[], known: ImageFormats): Promise<void> {
  for (const image of images) {
    if (!image.endsWith('/') || isKnownFormat(image, known)) continue;
    const { slicesIn } = await loadImageFormats(image, known);
    if ((await slicesIn(image)) !== null) continue;
    throw usageError({
      what: 'this folder contains no slices of an image, so that its label map cannot be written to one file',
      where: image,
      remedy:
        'To predict the images in it, name a folder as output, too. To predict one of them, give its file, or the folder of its slices.',
    });
  }
}

/** The DICOM objects to write: the output itself, or files beside a label map. */
function dicomFilesOf(output: string, dicom: DicomOutput | undefined, known: ImageFormats): Map<DicomKind, string> {
  const kinds = new Set<DicomKind>(dicom === undefined && !isDicomName(output) ? [] : (dicom?.kinds ?? ['seg']));
  if (!isDicomName(output)) return new Map([...kinds].map((kind) => [kind, dicomFile(stemOf(output, known), kind)]));
  if (kinds.size !== 1) {
    const remedy = 'Name a folder, or choose one kind with `dicom`.';
    throw usageError({
      what: `${kinds.size} kinds of DICOM objects cannot be written to one file`,
      where: output,
      remedy,
    });
  }
  return new Map([...kinds].map((kind) => [kind, output]));
}

function isDicomName(path: string): boolean {
  return /\.dcm$/i.test(path);
}

/** Makes cases of the images, named after those of the first channel. */
async function casesOf(inputs: PredictFilesOptions['inputs'], known: ImageFormats): Promise<InputCase[]> {
  const [first = []] = inputs;
  if (inputs.some(({ length }) => length !== first.length)) {
    throw usageError({
      what: `the channels have different numbers of images: ${inputs.map(({ length }) => length).join(', ')}`,
      remedy: 'Each `inputs` lists the images of one channel, in the same order of cases.',
    });
  }
  const images = await allInOrder(inputs.map((channel) => allInOrder(channel.map((path) => imagePath(path, known)))));
  return first.map((path, i) => {
    const stem = niftiStem(basename(path), known);
    const id = NUMBERED.test(stem) ? stem.slice(0, -'_0000'.length) : stem;
    return { id, images: images.map((channel) => channel[i]!) };
  });
}

/** Paths of folders end in a slash. */
async function imagePath(path: string, known: ImageFormats): Promise<string> {
  const found = await stat(path).catch(() => null);
  if (found === null) {
    throw new NnUNetError('missing-file', {
      what: 'this image does not exist',
      where: path,
      remedy: 'Check the path.',
    });
  }
  if (found.isDirectory()) return path.endsWith('/') ? path : `${path}/`;
  if (isImageName(path, known)) return path;
  const slice = /\.(dcm|ima|png)$/i.test(path);
  const names = new Set([...known.names(), ...OPTIONAL_EXTENSIONS]);
  throw new NnUNetError('unknown-format', {
    what: slice ? 'is a slice, not a whole image' : 'is not an image of a supported format',
    where: path,
    remedy: slice
      ? 'Give the folder that contains the slices of the image, and nothing else.'
      : `Give ${[...names].sort().join(', ')}, or a folder of DICOM or PNG slices.`,
  });
}

/** Whether a path is named like an image file. */
function isImageName(path: string, known: ImageFormats): boolean {
  return !path.endsWith('/') && (isKnownFormat(path, known) || otherExtension(path, known) !== '');
}
