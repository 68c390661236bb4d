import type { Triple } from '@nnunet/volume';
import { badImage } from '../bad-image.ts';
import type { DicomHeader } from './dicom-header.ts';
import { type PlacedSlice, seriesTitle } from './placed-slice.ts';

/**
 * Returns where a slice lies by its header.
 *
 * @param where names the file in messages
 * @throws NnUNetError 'bad-image' for a slice without a position, an orientation or a pixel spacing
 */
export function placeOf(header: DicomHeader, name: string, where: string): PlacedSlice {
  const [position, orientation] = [header.numbers('ImagePositionPatient'), header.numbers('ImageOrientationPatient')];
  const [rowSpacing, columnSpacing] = header.numbers('PixelSpacing');
  if (position.length !== 3 || orientation.length !== 6 || rowSpacing === undefined || columnSpacing === undefined) {
    const what = 'has no patient position, orientation or pixel spacing (0020,0032, 0020,0037 and 0028,0030)';
    throw badImage(where, what, 'Use the files of one series of slices; localizers and reports belong elsewhere.');
  }
  const [rx = 0, ry = 0, rz = 0, cx = 0, cy = 0, cz = 0] = orientation;
  const thickness = [...header.numbers('SpacingBetweenSlices'), ...header.numbers('SliceThickness')].find(
    (mm) => mm > 0,
  );
  return {
    name,
    series: header.text('SeriesInstanceUID'),
    title: seriesTitle(header.text('SeriesDescription'), header.text('SeriesNumber')),
    frameOfReference: header.text('FrameOfReferenceUID'),
    position: position as unknown as Triple,
    // The third column is the product of the first two.
    direction: [rx, cx, ry * cz - rz * cy, ry, cy, rz * cx - rx * cz, rz, cz, rx * cy - ry * cx],
    spacing: [thickness ?? 1, rowSpacing, columnSpacing],
    instance: header.numbers('InstanceNumber')[0] ?? Number.NaN,
  };
}
