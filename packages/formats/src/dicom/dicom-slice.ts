import { badImage } from '../bad-image.ts';
import { type ItkImage, volumeFromItk } from '../itk-image.ts';
import type { StackedSlice } from '../stack-slices.ts';
import { type PlaceKeyword, placeOf } from './place-of.ts';
import { numbersOf, type PlacedSlice } from './placed-slice.ts';

/** One file of a DICOM series, with its voxels. */
export interface DicomSlice extends PlacedSlice, StackedSlice {}

/**
 * Creates a slice from the output of itk-wasm's GDCM reader: voxels rescaled by slope and intercept, tags as text.
 * Where it lies is read from the tags alone: ITK replaces what is missing or wrong without a word.
 *
 * @throws NnUNetError 'bad-image' for colours, several frames in one file, and slices without a position, an orientation
 *   or a pixel spacing
 */
export function dicomSlice(image: ItkImage, name: string, where: string): DicomSlice {
  const { data, shape } = volumeFromItk({ ...image, ...nowhere(image.size) }, where);
  const dcm2niix = 'Convert the series to NIfTI, for example with dcm2niix.';
  if (shape[0] !== 1) throw badImage(where, `holds ${shape[0]} frames in one file`, dcm2niix);
  const text = (keyword: PlaceKeyword) => String(image.metadata.get(KEYS[keyword]) ?? '').trim();
  const header = { text, numbers: (keyword: PlaceKeyword) => numbersOf(text(keyword)) };
  return { ...placeOf(header, name, where), rows: shape[1], columns: shape[2], data };
}

/** A geometry that stands for none. */
function nowhere(size: readonly number[]): Pick<ItkImage, 'spacing' | 'origin' | 'direction'> {
  const direction = size.flatMap((_, row) => size.map((_, column) => (row === column ? 1 : 0)));
  return { spacing: size.map(() => 1), origin: size.map(() => 0), direction };
}

/** Keys in ITK's metadata. */
const KEYS: Readonly<Record<PlaceKeyword, string>> = {
  SeriesDescription: '0008|103e',
  SliceThickness: '0018|0050',
  SpacingBetweenSlices: '0018|0088',
  SeriesInstanceUID: '0020|000e',
  SeriesNumber: '0020|0011',
  InstanceNumber: '0020|0013',
  ImagePositionPatient: '0020|0032',
  ImageOrientationPatient: '0020|0037',
  FrameOfReferenceUID: '0020|0052',
  PixelSpacing: '0028|0030',
};
