import type { Triple } from '@nnunet/volume';
import { straightAxes } from '@nnunet/volume/internal';
import { badImage } from '../bad-image.ts';
import { skewed } from '../raw-layout.ts';
import type { Keyword } from './dictionary.ts';
import { type PlacedSlice, seriesTitle } from './placed-slice.ts';

/** The elements that say where a slice lies, and what it belongs to. */
export type PlaceKeyword = Extract<
  Keyword,
  | 'ImagePositionPatient'
  | 'ImageOrientationPatient'
  | 'PixelSpacing'
  | 'SpacingBetweenSlices'
  | 'SliceThickness'
  | 'SeriesInstanceUID'
  | 'SeriesDescription'
  | 'SeriesNumber'
  | 'FrameOfReferenceUID'
  | 'InstanceNumber'
>;

/** The part of a header that is read here. */
interface PlaceHeader {
  text(keyword: PlaceKeyword): string;
  numbers(keyword: PlaceKeyword): number[];
}

/** Difference of the length of a direction from 1, up to which it is a matter of rounding. */
const MAX_LENGTH_ERROR = 0.05;

/**
 * Returns where a slice lies by its header, whoever read it. Nothing is assumed: ITK takes the axes of the world for an
 * orientation that is none, and 1 mm for a missing pixel spacing.
 *
 * @param where names the file in messages
 * @throws NnUNetError 'bad-image' for a slice without a position, an orientation or a pixel spacing, or with impossible
 *   ones
 */
export function placeOf(header: PlaceHeader, name: string, where: string): PlacedSlice {
  const [position, orientation] = [header.numbers('ImagePositionPatient'), header.numbers('ImageOrientationPatient')];
  const [rowSpacing, columnSpacing] = header.numbers('PixelSpacing');
  if (position.length !== 3 || orientation.length !== 6 || rowSpacing === undefined || columnSpacing === undefined) {
    const what = 'has no patient position, orientation or pixel spacing (0020,0032, 0020,0037 and 0028,0030)';
    throw badImage(
      where,
      what,
      'Use the files of one series of slices. Convert enhanced CT and MR to NIfTI, for example with dcm2niix.',
    );
  }
  if (!(rowSpacing > 0 && columnSpacing > 0)) {
    const what = `has an impossible pixel spacing (0028,0030: ${rowSpacing}, ${columnSpacing})`;
    throw badImage(where, what, 'Correct its header.');
  }
  const thickness = [...header.numbers('SpacingBetweenSlices'), ...header.numbers('SliceThickness')].find(
    (mm) => mm > 0,
  );
  return {
    name,
    series: header.text('SeriesInstanceUID'),
    title: seriesTitle(header.text('SeriesDescription'), header.text('SeriesNumber')),
    frameOfReference: header.text('FrameOfReferenceUID'),
    position: position as unknown as Triple,
    direction: directionOf(orientation, where),
    spacing: [thickness ?? 1, rowSpacing, columnSpacing],
    instance: header.numbers('InstanceNumber')[0] ?? Number.NaN,
  };
}

/**
 * Returns direction cosines, 3 × 3, row-major, of the directions of a row and of a column. They are rounded in files;
 * as in ITK, the column keeps its direction, and the row is turned to a right angle.
 */
function directionOf(orientation: readonly number[], where: string): readonly number[] {
  const [row, column] = [orientation.slice(0, 3), orientation.slice(3)].map((axis) => {
    const length = Math.hypot(...axis);
    if (Math.abs(length - 1) <= MAX_LENGTH_ERROR) return axis.map((value) => value / length) as unknown as Triple;
    const what = `has an impossible orientation (0020,0037: ${orientation.join(', ')}): its directions have a length that is not 1`;
    throw badImage(where, what, 'Correct its header.');
  }) as [Triple, Triple];
  const normal = unit(cross(row, column));
  const straight = straightAxes(columns(row, column, normal));
  if (straight === null) throw skewed(where);
  return straight.skewDegrees === undefined ? columns(unit(cross(column, normal)), column, normal) : straight.direction;
}

const columns = (x: Triple, y: Triple, z: Triple) => [x[0], y[0], z[0], x[1], y[1], z[1], x[2], y[2], z[2]];

function cross([a, b, c]: Triple, [x, y, z]: Triple): Triple {
  return [b * z - c * y, c * x - a * z, a * y - b * x];
}

function unit([x, y, z]: Triple): Triple {
  const length = Math.hypot(x, y, z);
  return [x / length, y / length, z / length];
}
