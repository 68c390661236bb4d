import { usageError } from '@nnunet/errors';
import type { ImageGeometry, Triple } from '@nnunet/volume';
import { badImage } from '../bad-image.ts';
import { type DicomHeader, dicomHeader } from './dicom-header.ts';
import { orderSlices } from './order-slices.ts';
import { type PlacedSlice, seriesTitle } from './placed-slice.ts';

/** A file of a DICOM series. */
export interface DicomSource {
  /** For messages. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Header and place of one file of a series. */
export interface SourceSlice extends PlacedSlice {
  readonly header: DicomHeader;
}

/** The geometry of a DICOM series, and its slices in ascending position along their normal. */
export interface DicomSeries extends ImageGeometry {
  readonly slices: readonly PlacedSlice[];
}

/** A series with the headers of its slices. */
export interface SourceSeries extends DicomSeries {
  readonly slices: readonly SourceSlice[];
}

/**
 * Returns a series with its headers, which its public type does not show.
 *
 * @throws NnUNetError 'usage' for one that was put together by hand
 */
export function withHeaders(series: DicomSeries): SourceSeries {
  if (series.slices.every((slice) => 'header' in slice)) return series as SourceSeries;
  const remedy = 'Give what `dicomSeries` or `readDicomSeries` returned.';
  throw usageError({ what: 'this DICOM series has no headers', remedy });
}

/**
 * Reads the headers of the files of one series, given in any order. The files' bytes are not kept.
 *
 * @param where names the series in messages
 * @throws NnUNetError 'bad-image' as for images: several series or frames of reference, several frames in one file, a
 *   missing, duplicate or sheared slice, uneven distances; also for files without the identifiers that derived objects
 *   refer to
 */
export function dicomSeries(files: Iterable<DicomSource>, where: string): DicomSeries {
  return seriesOf(
    Array.from(files, (file) => sourceSlice(file, where)),
    where,
  );
}

/** Puts the slices of a series in order. Errors as {@link dicomSeries}. */
export function seriesOf(unordered: readonly SourceSlice[], where: string): SourceSeries {
  if (unordered.length === 0) throw badImage(where, 'contains no slices', 'Give the files of a DICOM series.');
  const { slices, step } = orderSlices(unordered, where);
  const { name, header, position, direction, spacing } = slices[0]!;
  const shape: Triple = [slices.length, header.uint16('Rows'), header.uint16('Columns')];
  for (const other of slices) {
    if (other.header.uint16('Rows') === shape[1] && other.header.uint16('Columns') === shape[2]) continue;
    throw badImage(where, `${other.name} has another size than ${name}`, 'Keep only one image per folder.');
  }
  return { slices, shape, spacing: [step, spacing[1], spacing[2]], origin: position, direction };
}

/**
 * Reads the header of a slice.
 *
 * @param series names the series in messages
 * @throws NnUNetError 'bad-image'
 */
export function sourceSlice({ name, bytes }: DicomSource, series: string): SourceSlice {
  const where = `${series.replace(/\/$/, '')}/${name}`;
  const header = dicomHeader(bytes, where);
  for (const keyword of ['SOPClassUID', 'StudyInstanceUID', 'SeriesInstanceUID', 'FrameOfReferenceUID'] as const) {
    if (header.text(keyword) !== '') continue;
    throw badImage(where, `has no ${keyword}, to which DICOM objects refer`, 'Export the series again.');
  }
  const frames = header.numbers('NumberOfFrames')[0] ?? 1;
  if (frames !== 1) {
    const remedy = "Split it into one file per slice, for example with dcm4che's emf2sf.";
    throw badImage(where, `holds ${frames} frames in one file`, remedy);
  }
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
    header,
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
