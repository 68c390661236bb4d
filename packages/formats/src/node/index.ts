export { imageFormats, readImage, spacingNotice } from './image-formats.ts';
export { readDicomSeries } from './read-dicom-series.ts';
export { type SliceFolder, slicesIn } from './read-folder.ts';
export { readerFormats } from './reader-formats.ts';
