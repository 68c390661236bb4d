import { expect, it } from 'vitest';
import { HEAD_BYTES, kindOf } from './image-kind.ts';

const numbers = (write: (view: DataView) => void) => {
  const bytes = Buffer.alloc(HEAD_BYTES);
  write(new DataView(bytes.buffer, bytes.byteOffset));
  return bytes;
};

it.each([
  ['.nii', 'NIfTI-1, little-endian', numbers((view) => view.setInt32(0, 348, true))],
  ['.nii', 'NIfTI-1, big-endian', numbers((view) => view.setInt32(0, 348))],
  ['.nii', 'NIfTI-2, little-endian', numbers((view) => view.setInt32(0, 540, true))],
  ['.nii', 'NIfTI-2, big-endian', numbers((view) => view.setInt32(0, 540))],
  ['.nii.gz', 'gzip', Buffer.from('1f8b0800', 'hex')],
  ['.nrrd', 'NRRD', Buffer.from('NRRD0004\n# Complete')],
  ['.mha', 'MetaImage', Buffer.from('ObjectType = Image\nNDims = 3\n')],
  ['.mha', 'MetaImage that begins with its dimensions', Buffer.from('NDims=3\n')],
  ['.mha', 'MetaImage that begins with a comment', Buffer.from('Comment = of a test\nObjectType = Image\n')],
  ['.tif', 'TIFF, little-endian', Buffer.from('49492a00', 'hex')],
  ['.tif', 'BigTIFF, little-endian', Buffer.from('49492b00', 'hex')],
  ['.tif', 'TIFF, big-endian', Buffer.from('4d4d002a', 'hex')],
  ['.tif', 'BigTIFF, big-endian', Buffer.from('4d4d002b', 'hex')],
  ['.png', 'PNG', Buffer.from('89504e470d0a1a0a', 'hex')],
  ['.bmp', 'BMP', Buffer.from('BM6\0')],
  ['zip', 'a zip archive', Buffer.from('504b0304', 'hex')],
  ['DICOM', 'DICOM', Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')])],
  [null, 'DICM in another place', Buffer.concat([Buffer.alloc(127), Buffer.from('DICMs')])],
  [null, 'text', Buffer.from('no image')],
  [null, 'nothing', Buffer.alloc(0)],
])('takes for %s: %s', (kind, _, head) => {
  expect(kindOf(head.subarray(0, HEAD_BYTES))).toBe(kind);
});
