import { expect, it } from 'vitest';
import { imageReaderV2 } from './image-reader-v2.ts';

it.each([
  ['.nii.gz', null, 'SimpleITKIO'],
  ['.NRRD', null, 'SimpleITKIO'],
  ['.mha', 'NoSuchReader', 'SimpleITKIO'],
  ['.nii', null, 'NibabelIO'],
  ['.nii.gz', 'NibabelIOWithReorient', 'NibabelIOWithReorient'],
  ['.png', null, 'NaturalImage2DIO'],
  ['.tif', null, 'NaturalImage2DIO'],
  ['.tiff', null, 'Tiff3DIO'],
])('reads %s, where dataset.json names %s, with %s', (fileEnding, imageReader, name) => {
  expect(imageReaderV2({ fileEnding, imageReader }, 'dataset.json')).toBe(name);
});

it('refuses an ending that v2 does not know', () => {
  const read = () => imageReaderV2({ fileEnding: '.dcm', imageReader: null }, '/d/dataset.json');
  expect(read).toThrow(expect.objectContaining({ tag: 'unsupported-reader', where: '/d/dataset.json' }));
});
