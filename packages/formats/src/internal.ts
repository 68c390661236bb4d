export { decodeDicomSeries } from './dicom/decode-dicom.ts';
export { decodeRawImage, type RawFiles } from './raw-image.ts';
export { floatVoxels } from './stored-voxels.ts';
