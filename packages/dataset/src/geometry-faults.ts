import {
  compareGrids,
  type GeometryDifference,
  type GridRule,
  type GridShift,
  type ImageGeometry,
} from '@nnunet/volume';
import { shiftInWords } from '@nnunet/volume/internal';
import type { DatasetFault } from './faults.ts';

/** A file and its geometry. */
export interface PlacedFile {
  file: string;
  geometry: ImageGeometry;
}

/** A file that counts as being at the same place as another, although its numbers differ. */
export interface CloseFile {
  file: string;
  other: string;
  shift: GridShift;
}

export interface GeometryRule extends GridRule {
  /** Whether images of the same size and spacing that lie elsewhere are only worth a warning, as in v2. Default: false. */
  positionWarns?: boolean;
  /** Whether nnUNet_repair_dataset can repair the dataset. Default: true. */
  repairable?: boolean;
}

const BELONG = 'If both do cover the same voxels, copy the geometry';
const REPAIR = 'nnUNet_repair_dataset makes a corrected copy of the task';

/**
 * Returns an error if a file lies elsewhere than another, and a warning if it is slightly shifted; see `compareGrids`.
 * Files so close that they count as being at the same place are returned separately, to be reported once for all files.
 */
export function geometryFaults(
  found: PlacedFile,
  expected: PlacedFile,
  rule: GeometryRule = {},
): { faults: DatasetFault[]; close: CloseFile[] } {
  const { agreement, differences, shift } = compareGrids(found.geometry, expected.geometry, rule);
  if (agreement === 'same') return { faults: [], close: [] };
  if (agreement === 'close') {
    return { faults: [], close: [{ file: found.file, other: expected.file, shift: shift! }] };
  }
  const properties = agreement === 'resized' ? (['size'] as const) : differences;
  const limit = rule.strict ? ', each number within 1e-8 + 1e-5 of its size' : '';
  const apart = shift === null ? '' : `; voxels lie ${shiftInWords(shift)} apart`;
  const atAnotherPlace = !properties.some((property) => property === 'size' || property === 'spacing');
  const fault: DatasetFault = {
    severity: agreement === 'shifted' || (rule.positionWarns && atAnotherPlace) ? 'warning' : 'error',
    file: found.file,
    what: `${properties.join(', ') || 'position'} differ${properties.length > 1 ? '' : 's'} from ${expected.file}`,
    expected: inWords(properties, expected.geometry) + limit,
    found: inWords(properties, found.geometry) + apart,
    remedy:
      agreement === 'resized'
        ? 'Resample the image to the grid of the other file, or find the matching file.'
        : agreement === 'shifted'
          ? `${BELONG}: ${REPAIR}.`
          : `${BELONG}${rule.repairable === false ? '' : ` (${REPAIR} with \`copyGeometry\`)`}; otherwise resample.`,
  };
  return { faults: [shift === null ? fault : { ...fault, shift }], close: [] };
}

/** Warnings for a file whose axes were straightened, or whose header contains implausible values. */
export function headerFaults(
  { file, geometry: { skewDegrees, doubts = [] } }: PlacedFile,
  { repairable = true }: GeometryRule = {},
): DatasetFault[] {
  const faults: DatasetFault[] = doubts.map((doubt) => ({
    severity: 'warning',
    file,
    what: 'header contains impossible values',
    expected: 'spacings above 0 and positions that are numbers',
    found: doubt,
    remedy: 'If this is not what the scanner measured, correct the header, or export the file again.',
  }));
  if (skewDegrees === undefined) return faults;
  const skewed: DatasetFault = {
    severity: 'warning',
    file,
    what: 'axes are not at right angles',
    expected: 'axes at right angles to each other',
    found: `${Number(skewDegrees.toPrecision(2))}° off a right angle`,
    remedy: `The nearest rotation is used.${repairable ? ` ${REPAIR}.` : ''}`,
  };
  return [skewed, ...faults];
}

/** One note for all files that are close enough to another to count as being at the same place. */
export function closeFilesNote(close: readonly CloseFile[]): DatasetFault[] {
  if (close.length === 0) return [];
  const worst = close.reduce((a, b) => (b.shift.voxels > a.shift.voxels ? b : a));
  const others = close.length === 1 ? '' : `, the furthest of ${close.length} files`;
  return [
    {
      severity: 'note',
      file: worst.file,
      what: `geometry differs slightly from ${worst.other}`,
      expected: 'voxels less than 0.01 voxels apart',
      found: `voxels lie ${shiftInWords(worst.shift)} apart${others}`,
      remedy: 'None is needed; this counts as the same grid.',
      shift: worst.shift,
    },
  ];
}

function inWords(properties: readonly GeometryDifference[], geometry: ImageGeometry): string {
  return properties.map((property) => propertyInWords(property, geometry)).join('; ');
}

function propertyInWords(property: GeometryDifference, geometry: ImageGeometry): string {
  const list = (values: readonly number[]) => `[${values.map((value) => Number(value.toPrecision(7))).join(', ')}]`;
  switch (property) {
    case 'size':
      return `${list(geometry.shape)} voxels (z, y, x)`;
    case 'spacing':
      return `${list(geometry.spacing)} mm (z, y, x)`;
    case 'origin':
      return `${list(geometry.origin)} mm (x, y, z)`;
    case 'direction':
      return list(geometry.direction);
  }
}
