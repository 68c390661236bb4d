export { imageFormats, readImage, spacingNotice } from './image-formats.ts';
export { readDicomSeries } from './read-dicom-series.ts';
export { type SliceFolder, slicesIn } from './read-folder.ts';
