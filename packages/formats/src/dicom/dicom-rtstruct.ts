import {
  codeItem,
  commonElements,
  type DerivedObjectOptions,
  type LabelsOfSeries,
  referenceTo,
  requireFit,
} from './derived-object.ts';
import { type DicomSeries, type SourceSeries, type SourceSlice, withHeaders } from './dicom-series.ts';
import { type Contour, labelContours } from './label-contours.ts';
import { type DataSet, writeDicom } from './write-dicom.ts';

const RT_STRUCTURE_SET_STORAGE = '1.2.840.10008.5.1.4.1.1.481.3';
const STUDY_MANAGEMENT = '1.2.840.10008.3.1.2.3.1';

/**
 * Writes a label map as a DICOM structure set (RTSTRUCT): one region of interest for each label, numbered from 1 in the
 * order of `segments`, with closed planar contours in patient coordinates. {@link labelContours} says how they run.
 * Labels without a voxel have a region without contours. The contours of each slice lie in its plane.
 *
 * Elements do not name their value representation (implicit VR), because long contours would not fit otherwise.
 *
 * @param labels on the grid of the series, as images read from it are
 * @throws NnUNetError as `dicomSeg`
 *
 * Origin: DICOM PS3.3 A.19.
 */
export function dicomRtstruct(labels: LabelsOfSeries, source: DicomSeries, options: DerivedObjectOptions): Uint8Array {
  const series = withHeaders(source);
  const { segments, algorithm, creator = '' } = options;
  requireFit(labels, series, segments);
  const { header } = series.slices[0]!;
  const common = commonElements(series, options, { modality: 'RTSTRUCT', sopClass: RT_STRUCTURE_SET_STORAGE });
  const frameOfReference = header.text('FrameOfReferenceUID');
  const dataSet: DataSet = {
    ...common,
    OperatorsName: creator,
    StructureSetLabel: 'SEGMENTATION',
    StructureSetName: algorithm.name,
    StructureSetDate: common.SeriesDate,
    StructureSetTime: common.SeriesTime,
    ReferencedFrameOfReferenceSequence: [
      {
        FrameOfReferenceUID: frameOfReference,
        RTReferencedStudySequence: [
          {
            ReferencedSOPClassUID: STUDY_MANAGEMENT,
            ReferencedSOPInstanceUID: header.text('StudyInstanceUID'),
            RTReferencedSeriesSequence: [
              {
                SeriesInstanceUID: header.text('SeriesInstanceUID'),
                ContourImageSequence: series.slices.map(referenceTo),
              },
            ],
          },
        ],
      },
    ],
    StructureSetROISequence: segments.map(({ name, description }, i) => ({
      ROINumber: String(i + 1),
      ReferencedFrameOfReferenceUID: frameOfReference,
      ROIName: name,
      ROIDescription: description,
      ROIGenerationAlgorithm: 'AUTOMATIC',
      ROIGenerationDescription: algorithm.name,
    })),
    ROIContourSequence: segments.map(({ label, rgb }, i) => ({
      ROIDisplayColor: rgb.map(String),
      ReferencedROINumber: String(i + 1),
      ContourSequence: contourItems(labels, series, label),
    })),
    RTROIObservationsSequence: segments.map(({ type }, i) => ({
      ObservationNumber: String(i + 1),
      ReferencedROINumber: String(i + 1),
      RTROIIdentificationCodeSequence: [codeItem(type)],
      RTROIInterpretedType: '',
      ROIInterpreter: creator,
    })),
    ApprovalStatus: 'UNAPPROVED',
  };
  return writeDicom(dataSet, { explicit: false });
}

/** Returns undefined for a label without a voxel: the sequence of contours must not be empty. */
function contourItems({ data, shape }: LabelsOfSeries, series: SourceSeries, label: number): DataSet[] | undefined {
  const [, rows, columns] = shape;
  const size = rows * columns;
  const items = series.slices.flatMap((slice, z) => {
    const pixels = data.subarray(z * size, (z + 1) * size);
    if (!pixels.includes(label)) return [];
    return labelContours({ data: pixels, rows, columns }, label).map((contour) => contourItem(contour, slice));
  });
  return items.length > 0 ? items : undefined;
}

function contourItem(contour: Contour, slice: SourceSlice): DataSet {
  const { position, direction, spacing } = slice;
  const coordinates = contour.flatMap(([column, row]) =>
    position.map((mm, axis) => {
      const along = column * spacing[2] * direction[3 * axis]! + row * spacing[1] * direction[3 * axis + 1]!;
      return String(Number((mm + along).toFixed(5)));
    }),
  );
  return {
    ContourImageSequence: [referenceTo(slice)],
    ContourGeometricType: 'CLOSED_PLANAR',
    NumberOfContourPoints: String(contour.length),
    ContourData: coordinates,
  };
}
