/** What an image file is, by its first bytes: the end of its name, or where slices lie. */
export type ImageKind = '.nii' | '.nii.gz' | '.nrrd' | '.mha' | '.tif' | '.png' | '.bmp' | 'zip' | 'DICOM';

/** Number of bytes at the start of a file that {@link kindOf} looks at. */
export const HEAD_BYTES = 132;

/** Bytes by which files are known, and where they are. NIfTI-1 and 2 begin with the size of their header. */
const marks: readonly { kind: ImageKind; bytes: readonly number[] | string; at?: number }[] = [
  { kind: '.nii.gz', bytes: [0x1f, 0x8b] },
  { kind: '.nii', bytes: [0x5c, 1, 0, 0] },
  { kind: '.nii', bytes: [0, 0, 1, 0x5c] },
  { kind: '.nii', bytes: [0x1c, 2, 0, 0] },
  { kind: '.nii', bytes: [0, 0, 2, 0x1c] },
  { kind: '.nrrd', bytes: 'NRRD000' },
  { kind: '.tif', bytes: [0x49, 0x49, 42, 0] },
  { kind: '.tif', bytes: [0x49, 0x49, 43, 0] },
  { kind: '.tif', bytes: [0x4d, 0x4d, 0, 42] },
  { kind: '.tif', bytes: [0x4d, 0x4d, 0, 43] },
  { kind: '.png', bytes: [0x89, 0x50, 0x4e, 0x47] },
  { kind: '.bmp', bytes: 'BM' },
  { kind: 'zip', bytes: 'PK\x03\x04' },
  { kind: 'DICOM', bytes: 'DICM', at: 128 },
];

/**
 * Recognises an image by the first bytes of its file, since a body has no name; null if it is none that can be read.
 *
 * @param head at most {@link HEAD_BYTES}
 */
export function kindOf(head: Buffer): ImageKind | null {
  const found = marks.find(({ bytes, at = 0 }) => head.indexOf(Buffer.from(bytes as string), at) === at);
  if (found !== undefined) return found.kind;
  return /^\s*(ObjectType|NDims|Comment)\s*=/.test(head.toString('latin1')) ? '.mha' : null;
}
