export { type DicomSlice, dicomSlice } from './dicom/dicom-slice.ts';
export { type OrderedSlices, orderSlices } from './dicom/order-slices.ts';
export { EXTENSIONS } from './extensions.ts';
export { type ItkImage, itkFromVolume, volumeFromItk } from './itk-image.ts';
export { orderByNumber } from './numbered-slices.ts';
export { parseSpacingFile } from './spacing-file.ts';
export { type StackedSlice, stackSlices } from './stack-slices.ts';
