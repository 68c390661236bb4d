import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { usageError } from '@nnunet/errors';
import { type CaseFailure, listed } from '@nnunet/errors/internal';
import type { Segment, SegmentsFile } from '@nnunet/formats/dicom';
import type { InputCase, TrainedModel } from '@nnunet/inference/node';
import { NUMBERED } from '@nnunet/inference/node/internal';
import { parseJsonWithNaN } from '@nnunet/schema';
import { isFolder, isSamePath, readTextFile, writeFileAtomic } from '@nnunet/tensor/node/internal';
import { settleBounded } from '@nnunet/threads';
import { splitOutcomes } from '@nnunet/threads/internal';
import type { ImageFormats } from '@nnunet/volume';
import { readLabels } from '@nnunet/volume/node';
import { imageOfCase, loadImageFormats } from './image-formats.ts';
import type { Reporter } from './reporter.ts';

/** A kind of DICOM object: a segmentation, or a structure set of contours. */
export type DicomKind = 'seg' | 'rtstruct';

/** DICOM objects that are written for label maps of DICOM series. */
export interface DicomOutput {
  /** Default: seg. */
  kinds?: readonly DicomKind[];
  /** File in the format of dcmqi with names, colours and codes of labels. Default: the names that the model knows. */
  segmentsFile?: string;
}

/** DICOM objects to write, with the checked content of the file that describes the labels. */
export interface DicomPlan extends Omit<SegmentsFile, 'segments'> {
  kinds: readonly DicomKind[];
  segments: readonly Segment[];
  segmentsFile?: string;
}

/**
 * Checks what can be checked before a model is loaded: the file of segments, and of a single case, the series.
 *
 * @throws NnUNetError 'missing-package', 'missing-file', 'bad-json', 'bad-segments'; 'usage' if objects would be written
 * into the folder of a series; 'bad-image' for a single case that is not a DICOM series, or one that objects cannot
 * refer to
 */
export async function planDicomOutput(
  { kinds = ['seg'], segmentsFile }: DicomOutput,
  {
    cases = [],
    inputFolder,
    outputFolder,
  }: { cases?: readonly InputCase[]; inputFolder?: string; outputFolder: string },
  known: ImageFormats,
): Promise<DicomPlan> {
  await requireOutsideSeries(cases, outputFolder);
  const [first, ...others] = cases;
  const { readDicomSeries } = await loadImageFormats(first?.images[0] ?? inputFolder ?? outputFolder, known);
  const { checkSegments } = await import('@nnunet/formats/dicom');
  const file: SegmentsFile =
    segmentsFile === undefined
      ? { segments: [] }
      : checkSegments(parseJsonWithNaN(await readTextFile(segmentsFile), segmentsFile), segmentsFile);
  if (first !== undefined && others.length === 0) {
    const [image] = first.images as [string];
    const remedy = 'Give the folder of a series, or leave out `dicom`.';
    if (!(await isDicomSeries(image)))
      throw usageError({ what: 'is not a DICOM series, which DICOM objects are made for', where: image, remedy });
    await readDicomSeries(image);
  }
  return { ...file, kinds, segmentsFile };
}

/**
 * Requires that DICOM objects do not become part of the series that they are made for.
 *
 * @throws NnUNetError 'usage'
 */
export async function requireOutsideSeries(cases: readonly InputCase[], outputFolder: string): Promise<void> {
  for (const image of cases.flatMap(({ images }) => images)) {
    if (!(await isSamePath(image, outputFolder))) continue;
    const remedy = 'Choose another folder: the DICOM objects would become part of the series.';
    throw usageError({ what: 'the results would be written into the folder of this series', where: image, remedy });
  }
}

/** Label maps to write as DICOM objects, and what made them. */
export interface LabelsForDicom {
  model: TrainedModel;
  /** Names of labels by value, as far as they are known. */
  labelNames: Readonly<Record<string, string>>;
  /** Paths of the images that are not NIfTI. */
  paths: readonly string[];
  formats: ImageFormats;
  /** Contains `<id>.nii.gz` of each case; the objects are written beside, as `<id>_seg.dcm` and `<id>_rtstruct.dcm`. */
  folder: string;
  ids: readonly string[];
  reporter: Reporter;
  signal?: AbortSignal;
}

/**
 * Writes the label maps of cases whose first image is a DICOM series as DICOM objects. Warns about other cases, and
 * about segments of labels that the model does not predict, which are left out.
 *
 * @returns cases that failed
 * @throws NnUNetError 'disk-full', as the others would fail, too; the signal's reason when aborted
 */
export async function writeLabelsAsDicom(
  { kinds, segments: described, segmentsFile, ...file }: DicomPlan,
  { model, labelNames, paths, formats, folder, ids, reporter, signal }: LabelsForDicom,
): Promise<CaseFailure[]> {
  const { readDicomSeries } = await import('@nnunet/formats/node');
  const { dicomRtstruct, dicomSeg, segmentsOf } = await import('@nnunet/formats/dicom');
  const writers = { seg: dicomSeg, rtstruct: dicomRtstruct };
  const byLabel = new Map(described.map((segment) => [segment.label, segment]));
  const segments = segmentsOf(labelsOf(model, labelNames)).map((usual) => byLabel.get(usual.label) ?? usual);
  const unknown = described.filter((segment) => !segments.includes(segment)).map(({ label }) => String(label));
  if (unknown.length > 0)
    reporter.warning(`${segmentsFile} describes labels that the model does not predict: ${listed(unknown)}`);
  const { trainer, configuration } = model.description;
  const algorithm = { name: `${trainer} ${configuration}`, version: model.identity.slice(0, 16) };
  const others: string[] = [];
  const write = async (id: string) => {
    const image = imageOfCase(id, paths, formats);
    if (image === undefined || !(await isDicomSeries(image))) {
      others.push(id);
      return;
    }
    const series = await readDicomSeries(image);
    const labels = await readLabels(join(folder, `${id}.nii.gz`));
    for (const kind of kinds) {
      const bytes = writers[kind](labels, series, { ...file, segments, algorithm });
      await writeFileAtomic(dicomFile(join(folder, id), kind), bytes);
    }
  };
  const outcomes = await settleBounded(ids, write, { width: 1, signal });
  if (others.length > 0)
    reporter.warning(`no DICOM objects for cases whose image is not a DICOM series: ${listed(others)}`);
  return splitOutcomes(ids, outcomes, (id) => id).failed;
}

/** Path of a DICOM object beside the label map `<base>.nii.gz`. */
export function dicomFile(base: string, kind: DicomKind): string {
  return `${base}_${kind}.dcm`;
}

/** Names of all labels that a model can predict, but for the background. */
function labelsOf(model: TrainedModel, names: LabelsForDicom['labelNames']): Map<number, string> {
  const classes = model.version === 1 ? model.description.plans.all_classes : [];
  return new Map([
    ...classes.map((label) => [label, `label ${label}`] as const),
    ...Object.entries(names).map(([label, name]) => [Number(label), name] as const),
  ]);
}

/** Whether a path is a folder with DICOM files in it. */
async function isDicomSeries(path: string): Promise<boolean> {
  const { slicesIn } = await import('@nnunet/formats/node');
  return (await isFolder(path)) && (await slicesIn(path))?.kind === 'dicom';
}

/**
 * Finds DICOM series in a folder that is not a folder of numbered images: the folder itself, or folders in it.
 *
 * @returns their paths, sorted, ending in '/'; [] if there are none, or images with a modality number
 * @throws NnUNetError 'missing-package'
 */
export async function seriesIn(folder: string, known: ImageFormats): Promise<string[]> {
  await loadImageFormats(folder, known);
  if (!(await isFolder(folder))) return [];
  if (await isDicomSeries(folder)) return [join(folder, '/')];
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  if (names.some((name) => NUMBERED.test(name.replace(/\..*/, '')))) return [];
  const found: string[] = [];
  for (const name of names) if (await isDicomSeries(join(folder, name))) found.push(join(folder, name, '/'));
  return found;
}
