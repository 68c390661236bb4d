export { imageFormats, readImage, spacingNotice } from './image-formats.ts';
export { type SliceFolder, slicesIn } from './read-folder.ts';
