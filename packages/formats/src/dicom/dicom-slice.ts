import type { Triple } from '@nnunet/volume';
import { badImage } from '../bad-image.ts';
import { type ItkImage, volumeFromItk } from '../itk-image.ts';
import type { StackedSlice } from '../stack-slices.ts';

/** Where a file of a DICOM series lies, and what it belongs to. */
export interface PlacedSlice {
  /** File name within its folder. */
  readonly name: string;
  /** SeriesInstanceUID (0020,000E). */
  readonly series: string;
  /** Human-readable name of the series: its description or number, or '' if it has neither. */
  readonly title: string;
  /** FrameOfReferenceUID (0020,0052), or '' if missing: positions of different frames of reference cannot be compared. */
  readonly frameOfReference: string;
  /** ImagePositionPatient (0020,0032): world position of the first voxel in mm, (x, y, z), LPS. */
  readonly position: Triple;
  /** Direction cosines, 3 × 3, row-major; the third column is the slice normal. */
  readonly direction: readonly number[];
  /** mm, (z, y, x); z is what the file declares (SpacingBetweenSlices or SliceThickness). */
  readonly spacing: Triple;
  /** InstanceNumber (0020,0013), or NaN if missing. */
  readonly instance: number;
}

/** One file of a DICOM series, with its voxels. */
export interface DicomSlice extends PlacedSlice, StackedSlice {}

/**
 * Creates a slice from the output of itk-wasm's GDCM reader: voxels rescaled by slope and intercept, tags as text.
 *
 * @throws NnUNetError 'bad-image' for colours, several frames in one file, and slices without a position
 */
export function dicomSlice(image: ItkImage, name: string, where: string): DicomSlice {
  const tag = (key: string) => String(image.metadata.get(key) ?? '').trim();
  const { data, shape, spacing, direction } = volumeFromItk(image, where);
  // GDCM sets the third spacing to 1 for most single slices.
  const thickness = [tag('0018|0088'), tag('0018|0050')].map(Number).find((mm) => Number.isFinite(mm) && mm > 0);
  const dcm2niix = 'Convert the series to NIfTI, for example with dcm2niix.';
  if (shape[0] !== 1) throw badImage(where, `holds ${shape[0]} frames in one file`, dcm2niix);
  const position = numbersOf(tag('0020|0032'));
  if (position.length !== 3 || numbersOf(tag('0020|0037')).length !== 6) {
    throw badImage(where, 'has no patient position and orientation (0020,0032 and 0020,0037)', dcm2niix);
  }
  return {
    name,
    series: tag('0020|000e'),
    title: tag('0008|103e') || (tag('0020|0011') && `number ${tag('0020|0011')}`),
    frameOfReference: tag('0020|0052'),
    position: position as unknown as Triple,
    direction,
    spacing: [thickness ?? spacing[0], spacing[1], spacing[2]],
    instance: tag('0020|0013') === '' ? Number.NaN : Number(tag('0020|0013')),
    rows: shape[1],
    columns: shape[2],
    data,
  };
}

function numbersOf(text: string): number[] {
  const numbers = text.split('\\').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  return numbers.every(Number.isFinite) ? numbers : [];
}
