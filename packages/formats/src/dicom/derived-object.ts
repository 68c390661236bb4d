import { NnUNetError, usageError } from '@nnunet/errors';
import { countValues, valuesInWords } from '@nnunet/schema/internal';
import { compareGrids, type LabelArray, type Volume } from '@nnunet/volume';
import type { DicomSeries, SourceSeries, SourceSlice } from './dicom-series.ts';
import type { Keyword } from './dictionary.ts';
import type { Code, Segment } from './segments.ts';
import { type DataSet, newUid } from './write-dicom.ts';

/** A label map on the grid of a series. */
export type LabelsOfSeries = Volume<LabelArray | Uint16Array>;

/** What a DICOM object says besides the label map. */
export interface DerivedObjectOptions {
  /** Every label of the map, in the order of the segments. Labels without a voxel are stored too. */
  segments: readonly Segment[];
  /** What made the label map, for example the name of the model, and its version. */
  algorithm: { readonly name: string; readonly version: string };
  /** Default: the name of the algorithm. */
  seriesDescription?: string;
  /** Default: 1000 after that of the source. */
  seriesNumber?: number;
  /** Name of the person responsible. Default: nobody. */
  creator?: string;
}

/** Elements about the patient and the study, which are the source's. */
const INHERITED = [
  'PatientName',
  'PatientID',
  'IssuerOfPatientID',
  'PatientBirthDate',
  'PatientSex',
  'PatientAge',
  'PatientSize',
  'PatientWeight',
  'PatientIdentityRemoved',
  'DeidentificationMethod',
  'StudyInstanceUID',
  'StudyDate',
  'StudyTime',
  'StudyID',
  'StudyDescription',
  'AccessionNumber',
  'ReferringPhysicianName',
  'FrameOfReferenceUID',
  'PositionReferenceIndicator',
] as const satisfies readonly Keyword[];
/** Those that must be there, if only without a value. */
const REQUIRED = new Set<Keyword>([
  'PatientName',
  'PatientID',
  'PatientBirthDate',
  'PatientSex',
  'StudyDate',
  'StudyTime',
  'StudyID',
  'AccessionNumber',
  'ReferringPhysicianName',
  'PositionReferenceIndicator',
]);

const pad = (number: number) => String(number).padStart(2, '0');

/** Returns the local date and time as DICOM writes them. */
function dateAndTime(): { date: string; time: string } {
  const now = new Date();
  return {
    date: `${now.getFullYear()}${pad(now.getMonth() + 1)}${pad(now.getDate())}`,
    time: `${pad(now.getHours())}${pad(now.getMinutes())}${pad(now.getSeconds())}`,
  };
}

/** Returns the elements that objects of every kind have: identity, patient, study, series and equipment. */
export function commonElements(
  series: SourceSeries,
  { algorithm, seriesDescription, seriesNumber }: DerivedObjectOptions,
  kind: { modality: string; sopClass: string },
): DataSet {
  const { header } = series.slices[0]!;
  const inherited = INHERITED.map((keyword) => [keyword, header.text(keyword)] as const).filter(
    ([keyword, value]) => value !== '' || REQUIRED.has(keyword),
  );
  const { date, time } = dateAndTime();
  return {
    ...Object.fromEntries(inherited),
    SOPClassUID: kind.sopClass,
    SOPInstanceUID: newUid(),
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    Modality: kind.modality,
    SeriesInstanceUID: newUid(),
    SeriesNumber: String(seriesNumber ?? (header.numbers('SeriesNumber')[0] ?? 0) + 1000),
    SeriesDescription: seriesDescription ?? algorithm.name,
    SeriesDate: date,
    SeriesTime: time,
    InstanceNumber: '1',
    Manufacturer: 'nnU-Net in TypeScript',
    ManufacturerModelName: algorithm.name,
    DeviceSerialNumber: '1',
    SoftwareVersions: algorithm.version,
  };
}

/** An item that refers to a slice of the source. */
export function referenceTo({ header }: SourceSlice): DataSet {
  return {
    ReferencedSOPClassUID: header.text('SOPClassUID'),
    ReferencedSOPInstanceUID: header.text('SOPInstanceUID'),
  };
}

/** The items of a sequence of codes. */
export function codeItem({ value, scheme, meaning }: Code): DataSet {
  return { CodeValue: value, CodingSchemeDesignator: scheme, CodeMeaning: meaning };
}

/**
 * Requires that a label map lies on the grid of a series, and that each of its labels is described.
 *
 * @throws NnUNetError 'shape-mismatch', 'other-grid', 'undeclared-labels', 'usage' if there is no segment
 */
export function requireFit(labels: LabelsOfSeries, series: DicomSeries, segments: readonly Segment[]): void {
  const where = 'label map';
  const source = series.shape.join(' x ');
  const remedy = 'Give the series that the labels were predicted from.';
  const { agreement } = compareGrids(labels, series);
  if (agreement === 'resized') {
    const what = `has ${labels.shape.join(' x ')} voxels (z, y, x), but the DICOM series ${source}`;
    throw new NnUNetError('shape-mismatch', { where, what, remedy });
  }
  if (agreement === 'shifted' || agreement === 'elsewhere') {
    throw new NnUNetError('other-grid', { where, what: 'lies elsewhere than the DICOM series', remedy });
  }
  if (segments.length === 0)
    throw usageError({ what: 'no segment is described', remedy: 'Describe at least one label.' });
  const known = new Set([0, ...segments.map(({ label }) => label)]);
  const unknown = [...countValues(labels.data)].filter(([value]) => !known.has(value));
  if (unknown.length === 0) return;
  const what = `contains labels that no segment describes: ${valuesInWords(unknown)}`;
  throw new NnUNetError('undeclared-labels', { where, what, remedy: 'Describe them too.' });
}
