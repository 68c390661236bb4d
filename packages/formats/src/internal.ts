export { decodeDicomSeries } from './dicom/decode-dicom.ts';
export { type DicomHeader, dicomHeader } from './dicom/dicom-header.ts';
export { seriesTitle } from './dicom/placed-slice.ts';
export { decodeRawImage, type RawFiles } from './raw-image.ts';
export { floatVoxels } from './stored-voxels.ts';
