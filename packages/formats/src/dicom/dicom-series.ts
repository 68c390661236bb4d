import { usageError } from '@nnunet/errors';
import type { ImageGeometry, Triple } from '@nnunet/volume';
import { badImage } from '../bad-image.ts';
import { type DicomHeader, dicomHeader } from './dicom-header.ts';
import { orderSlices } from './order-slices.ts';
import { placeOf } from './place-of.ts';
import type { PlacedSlice } from './placed-slice.ts';

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
  return { ...placeOf(header, name, where), header };
}
