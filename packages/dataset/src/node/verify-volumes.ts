import { isAbsolute } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { counted, messageOf } from '@nnunet/errors/internal';
import { countValues, hasNonzero, joinPath, valuesInWords } from '@nnunet/schema/internal';
import type { TypedArray } from '@nnunet/tensor';
import { axisCodes, type ImageFormats, type ImageGeometry, type Volume } from '@nnunet/volume';
import { readChannels, readHeader, readLabelValues } from '@nnunet/volume/node/internal';
import type { DatasetFault } from '../faults.ts';
import {
  type CloseFile,
  type GeometryRule,
  geometryFaults,
  headerFaults,
  type PlacedFile,
} from '../geometry-faults.ts';
import type { LabelOccurrence } from '../label-occurrence.ts';
import type { CaseFiles } from './verify-files.ts';

export interface VolumeCheck {
  taskFolder: string;
  /** Label values declared in dataset.json. */
  labels: readonly number[];
  /** If false, reads only headers, and label maps until every declared label has been found. */
  voxels: boolean;
  /** Number of channels that the files of a case must hold together. Default: one each, which is not counted. */
  channels?: number;
  /** How the images of a case are compared. */
  grid: GeometryRule;
  /** Whether all images of a case may be empty. Default: false. */
  mayBeEmpty?: boolean;
  /** Default: NIfTI. */
  formats?: ImageFormats;
  /** The labels found so far. */
  occurrence: LabelOccurrence;
  /** Called before a file is read, with its name relative to the task folder. */
  onFile: (file: string) => void;
  signal?: AbortSignal | undefined;
}

type Voxels = Volume<Exclude<TypedArray, BigInt64Array>>;

/** Orientation of a file as axis codes, such as RAS. */
export interface FileOrientation {
  file: string;
  codes: string;
}

/**
 * Checks the files of one case, holding one volume at a time: every file is readable; images lie on the grid of the
 * label map (for a test case, of the first image); images are finite and not empty; the label map contains only
 * declared values.
 */
export async function checkVolumes(
  files: CaseFiles,
  check: VolumeCheck,
): Promise<{ faults: DatasetFault[]; close: CloseFile[]; orientations: FileOrientation[] }> {
  const faults: DatasetFault[] = [];
  const close: CloseFile[] = [];
  const orientations: FileOrientation[] = [];
  let reference: PlacedFile | null = null;

  if (files.label !== null) {
    const voxels = check.voxels || !check.occurrence.complete;
    const label = await load(files.label, check, faults, voxels ? readLabelMap : null);
    if (label === null) check.occurrence.unread++;
    else {
      reference = { file: files.label, geometry: label.geometry };
      faults.push(...headerFaults(reference, check.grid));
      if (label.volumes !== null) {
        const [volume] = label.volumes as [Voxels];
        const values = countValues(volume.data);
        check.occurrence.add(values.keys());
        faults.push(
          ...labelValueFaults(files.label, values, check.labels),
          ...roundedFaults(files.label, volume, check.grid),
        );
      }
    }
  }
  let readable = 0;
  let channels = 0;
  let empty = true;
  for (const file of files.images) {
    if (file === null) continue;
    const image = await load(file, check, faults, check.voxels ? readChannels : null);
    if (image === null) continue;
    readable++;
    channels += image.channels;
    orientations.push({ file, codes: axisCodes(image.geometry) });
    const placed = { file, geometry: image.geometry };
    faults.push(...headerFaults(placed, check.grid));
    if (reference === null) {
      reference = placed;
    } else {
      const difference = geometryFaults(placed, reference, check.grid);
      faults.push(...difference.faults);
      close.push(...difference.close);
    }
    for (const volume of image.volumes ?? []) {
      if (empty) empty = !hasNonzero(volume.data);
      faults.push(...notFiniteFaults(file, volume, check.grid));
    }
  }
  if (check.channels !== undefined && readable > 0 && readable === files.images.length && channels !== check.channels)
    faults.push(otherChannels(files.images as string[], channels, check.channels));
  if (check.voxels && !check.mayBeEmpty && readable > 0 && readable === files.images.length && empty) {
    faults.push(emptyCase(files.images[0]!, files.images.length));
  }
  return { faults, close, orientations };
}

async function load(
  file: string,
  check: VolumeCheck,
  faults: DatasetFault[],
  read: ((path: string, formats?: ImageFormats) => Promise<Voxels[]>) | null,
): Promise<{ geometry: ImageGeometry; channels: number; volumes: Voxels[] | null } | null> {
  check.signal?.throwIfAborted();
  check.onFile(file);
  // Files that a dataset of v2 lists may be anywhere.
  const path = isAbsolute(file) ? file : joinPath(check.taskFolder, file);
  try {
    if (read === null) {
      const { channels, ...geometry } = await readHeader(path, check.formats);
      return { geometry, channels, volumes: null };
    }
    const volumes = await read(path, check.formats);
    return { geometry: volumes[0]!, channels: volumes.length, volumes };
  } catch (cause) {
    faults.push(unreadable(file, path, cause));
    return null;
  }
}

async function readLabelMap(path: string, formats?: ImageFormats): Promise<Voxels[]> {
  return [await readLabelValues(path, formats)];
}

function otherChannels(files: readonly string[], found: number, expected: number): DatasetFault {
  return {
    severity: 'error',
    file: files[0]!,
    what: 'wrong number of channels',
    expected: `${counted(expected, 'channel')}, as in "channel_names" of dataset.json`,
    found: `${counted(found, 'channel')} in ${counted(files.length, 'file')}`,
    remedy: 'Correct "channel_names", or export the images in grey (1 channel), RGB (3) or RGBA (4).',
  };
}

function unreadable(file: string, path: string, cause: unknown): DatasetFault {
  // The first line of the message, without the path before it.
  const message = messageOf(cause).split('\n')[0]!;
  const remedy = (isNnUNetError(cause) && cause.remedy) || 'Copy or export the file again.';
  return {
    severity: 'error',
    file,
    what: 'cannot be read',
    expected: /\.nii(\.gz)?$/i.test(file) ? 'a complete three-dimensional NIfTI file (.nii.gz)' : 'a complete image',
    found: message.replace(`${path}: `, ''),
    remedy,
  };
}

const REPAIRED_WITH_ZEROS = ' (nnUNet_repair_dataset `nanToZero` sets them to 0)';

function notFiniteFaults(
  file: string,
  { notFinite = 0 }: Pick<Volume, 'notFinite'>,
  { repairable = true }: GeometryRule,
): DatasetFault[] {
  if (notFinite === 0) return [];
  return [
    {
      severity: 'error',
      file,
      what: 'NaN or infinite values in the image',
      expected: 'finite numbers within float32',
      found: `${notFinite} voxel${notFinite === 1 ? '' : 's'} that ${notFinite === 1 ? 'is' : 'are'} not finite`,
      remedy: `Without this check they are read as 0, with a warning. Replace them${repairable ? REPAIRED_WITH_ZEROS : ''}, or leave the case out.`,
    },
  ];
}

function roundedFaults(
  file: string,
  { rounded = 0 }: Pick<Volume, 'rounded'>,
  { repairable = true }: GeometryRule,
): DatasetFault[] {
  if (rounded === 0) return [];
  return [
    {
      severity: 'warning',
      file,
      what: 'labels that are not integers',
      expected: 'integers',
      found: `${rounded} voxel${rounded === 1 ? '' : 's'} within 0.01 of an integer`,
      remedy: `They are rounded when read.${repairable ? ' nnUNet_repair_dataset writes integers to a copy of the task.' : ''}`,
    },
  ];
}

function labelValueFaults(
  file: string,
  counts: ReadonlyMap<number, number>,
  declared: readonly number[],
): DatasetFault[] {
  const faults: DatasetFault[] = [];
  const nan = counts.get(Number.NaN);
  if (nan !== undefined) {
    faults.push({
      severity: 'error',
      file,
      what: 'NaN in the label map',
      expected: 'declared label values',
      found: `${nan} NaN voxel${nan === 1 ? '' : 's'}`,
      remedy: 'Replace them with a label value, such as 0.',
    });
  }
  const allowed = new Set(declared);
  const strange = [...counts]
    .filter(([value]) => !Number.isNaN(value) && !allowed.has(value))
    .sort((a, b) => a[0] - b[0]);
  if (strange.length > 0) {
    faults.push({
      severity: 'error',
      file,
      what: 'undeclared label values',
      expected: `only ${declared.join(', ')}`,
      found: valuesInWords(strange),
      remedy: 'Correct the label map, or declare the values in "labels" of dataset.json.',
    });
  }
  return faults;
}

function emptyCase(file: string, count: number): DatasetFault {
  return {
    severity: 'error',
    file,
    what: 'the case is empty',
    expected: 'voxels other than 0',
    found: count === 1 ? 'an image of zeros' : `${count} images of zeros`,
    remedy: 'Replace the image, or remove the case from dataset.json; it has no nonzero region.',
  };
}

/** Warnings for images whose orientation differs from that of most others. */
export function orientationFaults(orientations: readonly FileOrientation[]): DatasetFault[] {
  const groups = new Map<string, string[]>();
  for (const { file, codes } of orientations) groups.set(codes, [...(groups.get(codes) ?? []), file]);
  const [most, ...others] = [...groups].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
  const inWords = (codes: string, count: number) => `${codes}, as ${count} image${count === 1 ? '' : 's'}`;
  const names = (files: string[]) => {
    const shown = files.slice(0, 4).map((file) => file.slice(file.indexOf('/') + 1));
    return files.length === 1 ? '' : `: ${shown.join(', ')}${files.length > 4 ? ', …' : ''}`;
  };
  return others.map(([codes, files]) => ({
    severity: 'warning',
    file: files[0]!,
    what: 'orientation differs from most images',
    expected: inWords(most![0], most![1].length),
    found: inWords(codes, files.length) + names(files),
    remedy: 'Training works anyway. If left and right, or front and back, matter, reorient all images in the same way.',
  }));
}
