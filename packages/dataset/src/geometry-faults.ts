import { type GeometryDifference, geometryDifferences, type ImageGeometry } from '@nnunet/volume';
import type { DatasetFault } from './faults.ts';
import { type GeometryShift, geometryShift } from './geometry-shift.ts';

/** A file and where its voxels lie. */
export interface PlacedFile {
  file: string;
  geometry: ImageGeometry;
}

const TOLERANCE = '|a - b| <= 1e-8 + 1e-5 |b|';

/** A fault for each of size, spacing, origin and direction in which a file differs from another one (v1's verify_same_geometry). */
export function geometryFaults(found: PlacedFile, expected: PlacedFile): DatasetFault[] {
  const differences = geometryDifferences(found.geometry, expected.geometry);
  const shift = differences.includes('size') ? undefined : geometryShift(found.geometry, expected.geometry);
  return differences.map((property) => {
    const goal = inWords(property, expected.geometry);
    return {
      severity: 'error',
      file: found.file,
      what: `${property} differs from ${expected.file}`,
      expected: property === 'size' ? goal : `${goal}, ${TOLERANCE}`,
      found:
        inWords(property, found.geometry) + (shift === undefined ? '' : `; voxels lie ${distanceInWords(shift)} apart`),
      remedy:
        property === 'size'
          ? 'Resample the image to the grid of the other file, or find the file that belongs to it.'
          : 'If both do cover the same voxels, copy the geometry (nnUNet_repair_dataset makes a corrected copy of the task); otherwise resample.',
      ...(shift === undefined ? {} : { shift }),
    };
  });
}

/** The greatest distance, with three digits. */
export function distanceInWords({ mm, voxels }: GeometryShift): string {
  return `up to ${Number(mm.toPrecision(3))} mm (${Number(voxels.toPrecision(3))} voxels)`;
}

function inWords(property: GeometryDifference, geometry: ImageGeometry): string {
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
