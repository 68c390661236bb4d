export type { DerivedObjectOptions, LabelsOfSeries } from './dicom/derived-object.ts';
export { dicomRtstruct } from './dicom/dicom-rtstruct.ts';
export { dicomSeg } from './dicom/dicom-seg.ts';
export { type DicomSeries, type DicomSource, dicomSeries } from './dicom/dicom-series.ts';
export { type Code, type Segment, segmentsOf } from './dicom/segments.ts';
export { checkSegments, type SegmentsFile } from './dicom/segments-file.ts';
