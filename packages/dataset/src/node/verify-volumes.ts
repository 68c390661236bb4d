import { isNnUNetError } from '@nnunet/errors';
import { axisCodes, type GridRule, type ImageGeometry } from '@nnunet/volume';
import { readGeometry, readVolume } from '@nnunet/volume/node';
import type { DatasetFault } from '../faults.ts';
import { type CloseFile, geometryFaults, type PlacedFile, skewFaults } from '../geometry-faults.ts';
import { joinPath } from '../roots.ts';
import { countValues, countVoxels, type ImageCount } from '../voxel-check.ts';
import type { CaseFiles } from './verify-files.ts';

export interface VolumeCheck {
  taskFolder: string;
  /** Label values that dataset.json declares. */
  labels: readonly number[];
  /** False: headers only. */
  voxels: boolean;
  /** How images of a case are compared. */
  grid: GridRule;
  /** Told before a file is read, with its name relative to the task folder. */
  onFile: (file: string) => void;
  signal?: AbortSignal | undefined;
}

/** Orientation of a file as axis codes, such as RAS. */
export interface FileOrientation {
  file: string;
  codes: string;
}

/**
 * Checks the files of one case, holding one volume at a time: every file can be read, images lie where the label map
 * (for a test case: the first image) lies, images are finite and not empty, the label map holds declared values only.
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
    const label = await load(files.label, check, faults);
    if (label !== null) {
      reference = { file: files.label, geometry: label.geometry };
      faults.push(...skewFaults(reference));
      if (label.data !== null) faults.push(...labelValueFaults(files.label, label.data, check.labels));
    }
  }
  let readable = 0;
  let nonzero = 0;
  for (const file of files.images) {
    if (file === null) continue;
    const image = await load(file, check, faults);
    if (image === null) continue;
    readable++;
    orientations.push({ file, codes: axisCodes(image.geometry) });
    const placed = { file, geometry: image.geometry };
    faults.push(...skewFaults(placed));
    if (reference === null) {
      reference = placed;
    } else {
      const difference = geometryFaults(placed, reference, check.grid);
      faults.push(...difference.faults);
      close.push(...difference.close);
    }
    if (image.data !== null) {
      const count = countVoxels(image.data);
      nonzero += count.nonzero;
      faults.push(...imageFaults(file, count));
    }
  }
  if (check.voxels && readable > 0 && readable === files.images.length && nonzero === 0) {
    faults.push(emptyCase(files.images[0]!, files.images.length));
  }
  return { faults, close, orientations };
}

async function load(
  file: string,
  check: VolumeCheck,
  faults: DatasetFault[],
): Promise<{ geometry: ImageGeometry; data: ArrayLike<number> | null } | null> {
  check.signal?.throwIfAborted();
  check.onFile(file);
  const path = joinPath(check.taskFolder, file);
  try {
    if (!check.voxels) return { geometry: await readGeometry(path), data: null };
    const volume = await readVolume(path);
    return { geometry: volume, data: volume.data };
  } catch (cause) {
    faults.push(unreadable(file, path, cause));
    return null;
  }
}

function unreadable(file: string, path: string, cause: unknown): DatasetFault {
  // The first line of the message, without the path that stands before it.
  const message = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]!;
  const remedy = isNnUNetError(cause) && cause.remedy ? ` ${cause.remedy}` : '';
  return {
    severity: 'error',
    file,
    what: 'cannot be read',
    expected: 'a complete three-dimensional NIfTI file (.nii.gz)',
    found: message.replace(`${path}: `, ''),
    remedy: `Copy or export the file again.${remedy}`,
  };
}

function imageFaults(file: string, { nan, infinite }: ImageCount): DatasetFault[] {
  if (nan + infinite === 0) return [];
  const found = [nan > 0 ? `${nan} NaN` : '', infinite > 0 ? `${infinite} infinite` : ''].filter(Boolean).join(', ');
  return [
    {
      severity: 'error',
      file,
      what: nan > 0 ? 'NaN in the image' : 'infinite values in the image',
      expected: 'finite numbers',
      found: `${found} voxel${nan + infinite === 1 ? '' : 's'}`,
      remedy: 'Replace them by a sensible number, such as 0, or leave the case out.',
    },
  ];
}

function labelValueFaults(file: string, data: ArrayLike<number>, declared: readonly number[]): DatasetFault[] {
  const counts = countValues(data);
  const faults: DatasetFault[] = [];
  const nan = counts.get(Number.NaN);
  if (nan !== undefined) {
    faults.push({
      severity: 'error',
      file,
      what: 'NaN in the label map',
      expected: 'declared label values',
      found: `${nan} NaN voxel${nan === 1 ? '' : 's'}`,
      remedy: 'Replace them by a label value, such as 0.',
    });
  }
  const allowed = new Set(declared);
  const strange = [...counts]
    .filter(([value]) => !Number.isNaN(value) && !allowed.has(value))
    .sort((a, b) => a[0] - b[0]);
  if (strange.length > 0) {
    const shown = strange.slice(0, 8).map(([value, count]) => `${value} (${count} voxel${count === 1 ? '' : 's'})`);
    faults.push({
      severity: 'error',
      file,
      what: 'undeclared label values',
      expected: `only ${declared.join(', ')}`,
      found: `${shown.join(', ')}${strange.length > 8 ? ` and ${strange.length - 8} more` : ''}`,
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
    remedy: 'Replace the image, or take the case out of dataset.json: there is nothing to crop to.',
  };
}

/** Warnings for images that are oriented otherwise than most. */
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
    remedy: 'Training works; reorient all images the same way if left and right, or front and back, matter.',
  }));
}
