import { cielabOf } from './cielab.ts';
import {
  codeItem,
  commonElements,
  type DerivedObjectOptions,
  type LabelsOfSeries,
  referenceTo,
  requireFit,
} from './derived-object.ts';
import { type DicomSeries, type SourceSeries, type SourceSlice, withHeaders } from './dicom-series.ts';
import { ELEMENTS } from './dictionary.ts';
import type { Segment } from './segments.ts';
import { type DataSet, decimalString, newUid, writeDicom } from './write-dicom.ts';

const SEGMENTATION_STORAGE = '1.2.840.10008.5.1.4.1.1.66.4';
const dcm = (value: string, meaning: string) => codeItem({ value, scheme: 'DCM', meaning });

/** The voxels of one label in one slice. */
interface Frame {
  /** Index in the list of segments. */
  readonly segment: number;
  readonly z: number;
}

/**
 * Writes a label map as a DICOM segmentation (SEG): one binary segment for each label, numbered from 1 in the order of
 * `segments`, and one frame for each of its slices with a voxel. The frames have the size and the place of the slices
 * of the series, and refer to them; nothing is resampled. If the map is empty, one empty frame is stored, because the
 * standard requires one.
 *
 * @param labels on the grid of the series, as images read from it are
 * @throws NnUNetError 'shape-mismatch' or 'other-grid' if the labels lie on another grid; 'undeclared-labels' if a label
 *   has no segment; 'usage' if there are no segments
 *
 * Origin: DICOM PS3.3 A.51.
 */
export function dicomSeg(labels: LabelsOfSeries, source: DicomSeries, options: DerivedObjectOptions): Uint8Array {
  const series = withHeaders(source);
  const { segments, algorithm, creator = '' } = options;
  requireFit(labels, series, segments);
  const found = framesOf(labels, segments);
  const frames = found.length > 0 ? found : [{ segment: 0, z: 0 }];
  const { header } = series.slices[0]!;
  const common = commonElements(series, options, { modality: 'SEG', sopClass: SEGMENTATION_STORAGE });
  const organization = newUid();
  const planes = [...new Set(frames.map(({ z }) => z))].sort((a, b) => a - b);
  const compressed = header.text('LossyImageCompression') === '01';
  const dataSet: DataSet = {
    ...common,
    ImageType: ['DERIVED', 'PRIMARY'],
    ContentDate: common.SeriesDate,
    ContentTime: common.SeriesTime,
    ContentLabel: 'SEGMENTATION',
    ContentDescription: algorithm.name,
    ContentCreatorName: creator,
    ReferencedSeriesSequence: [
      {
        SeriesInstanceUID: header.text('SeriesInstanceUID'),
        ReferencedInstanceSequence: series.slices.map(referenceTo),
      },
    ],
    SegmentationType: 'BINARY',
    SegmentSequence: segments.map((segment, i) => segmentItem(segment, i + 1, options)),
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: organization }],
    DimensionIndexSequence: (
      [
        ['ReferencedSegmentNumber', 'SegmentIdentificationSequence'],
        ['ImagePositionPatient', 'PlanePositionSequence'],
      ] as const
    ).map(([pointer, group]) => ({
      DimensionOrganizationUID: organization,
      DimensionIndexPointer: ELEMENTS[pointer][0],
      FunctionalGroupPointer: ELEMENTS[group][0],
      DimensionDescriptionLabel: pointer,
    })),
    SharedFunctionalGroupsSequence: [sharedGroups(series)],
    PerFrameFunctionalGroupsSequence: frames.map(({ segment, z }) => ({
      FrameContentSequence: [{ DimensionIndexValues: [segment + 1, planes.indexOf(z) + 1] }],
      SegmentIdentificationSequence: [{ ReferencedSegmentNumber: segment + 1 }],
      PlanePositionSequence: [{ ImagePositionPatient: series.slices[z]!.header.text('ImagePositionPatient') }],
      DerivationImageSequence: [derivationFrom(series.slices[z]!)],
    })),
    NumberOfFrames: String(frames.length),
    Rows: labels.shape[1],
    Columns: labels.shape[2],
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    BitsAllocated: 1,
    BitsStored: 1,
    HighBit: 0,
    PixelRepresentation: 0,
    LossyImageCompression: compressed ? '01' : '00',
    ...(compressed && {
      LossyImageCompressionRatio: header.text('LossyImageCompressionRatio'),
      LossyImageCompressionMethod: header.text('LossyImageCompressionMethod'),
    }),
    PixelData: packedBits(labels, segments, frames),
  };
  return writeDicom(dataSet, { explicit: true });
}

/** Frames with at least one voxel, by segment and then by position. */
function framesOf({ data, shape }: LabelsOfSeries, segments: readonly Segment[]): Frame[] {
  const size = shape[1] * shape[2];
  const present = Array.from({ length: shape[0] }, (_, z) => new Set<number>(data.subarray(z * size, (z + 1) * size)));
  return segments.flatMap(({ label }, segment) =>
    present.flatMap((values, z) => (values.has(label) ? [{ segment, z }] : [])),
  );
}

/** One bit per voxel, the first in the lowest bit, without padding between frames. */
function packedBits(
  { data, shape }: LabelsOfSeries,
  segments: readonly Segment[],
  frames: readonly Frame[],
): Uint8Array {
  const size = shape[1] * shape[2];
  const bytes = new Uint8Array(Math.ceil((frames.length * size) / 8));
  frames.forEach(({ segment, z }, frame) => {
    const { label } = segments[segment]!;
    const [from, to] = [z * size, frame * size];
    for (let i = 0; i < size; i++) {
      if (data[from + i] === label) bytes[(to + i) >>> 3]! |= 1 << ((to + i) & 7);
    }
  });
  return bytes;
}

function segmentItem(segment: Segment, number: number, { algorithm }: DerivedObjectOptions): DataSet {
  const optional = (code: Segment['region'], more: DataSet = {}) => code && [{ ...codeItem(code), ...more }];
  const { typeModifier, region, regionModifier } = segment;
  return {
    SegmentNumber: number,
    SegmentLabel: segment.name,
    SegmentDescription: segment.description,
    SegmentAlgorithmType: 'AUTOMATIC',
    SegmentAlgorithmName: algorithm.name,
    SegmentationAlgorithmIdentificationSequence: [
      {
        AlgorithmFamilyCodeSequence: [dcm('123110', 'Artificial Intelligence')],
        AlgorithmName: algorithm.name,
        AlgorithmVersion: algorithm.version,
      },
    ],
    RecommendedDisplayCIELabValue: cielabOf(segment.rgb),
    SegmentedPropertyCategoryCodeSequence: [codeItem(segment.category)],
    SegmentedPropertyTypeCodeSequence: [
      {
        ...codeItem(segment.type),
        SegmentedPropertyTypeModifierCodeSequence: optional(typeModifier),
      },
    ],
    AnatomicRegionSequence: optional(region, { AnatomicRegionModifierSequence: optional(regionModifier) }),
  };
}

function sharedGroups({ slices, spacing }: SourceSeries): DataSet {
  const { header } = slices[0]!;
  const thickness = header.numbers('SliceThickness')[0] ?? 0;
  return {
    PixelMeasuresSequence: [
      {
        PixelSpacing: header.text('PixelSpacing'),
        SliceThickness: decimalString(thickness > 0 ? thickness : spacing[0]),
        SpacingBetweenSlices: decimalString(spacing[0]),
      },
    ],
    PlaneOrientationSequence: [{ ImageOrientationPatient: header.text('ImageOrientationPatient') }],
  };
}

function derivationFrom(slice: SourceSlice): DataSet {
  return {
    DerivationCodeSequence: [dcm('113076', 'Segmentation')],
    SourceImageSequence: [
      {
        ...referenceTo(slice),
        SpatialLocationsPreserved: 'YES',
        PurposeOfReferenceCodeSequence: [dcm('121322', 'Source image for image processing operation')],
      },
    ],
  };
}
