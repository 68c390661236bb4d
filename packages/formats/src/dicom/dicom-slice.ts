import { badImage } from '../bad-image.ts';
import { type ItkImage, volumeFromItk } from '../itk-image.ts';
import type { StackedSlice } from '../stack-slices.ts';
import { ELEMENTS, type Keyword } from './dictionary.ts';
import { placeOf } from './place-of.ts';
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
  const text = (keyword: Keyword) => String(image.metadata.get(tagOf(keyword)) ?? '').trim();
  const header = { text, numbers: (keyword: Keyword) => numbersOf(text(keyword)) };
  return { ...placeOf(header, name, where), rows: shape[1], columns: shape[2], data };
}

/** A geometry that stands for none. */
function nowhere(size: readonly number[]): Pick<ItkImage, 'spacing' | 'origin' | 'direction'> {
  const direction = size.flatMap((_, row) => size.map((_, column) => (row === column ? 1 : 0)));
  return { spacing: size.map(() => 1), origin: size.map(() => 0), direction };
}

/** The key of an element in ITK's metadata: 'gggg|eeee'. */
function tagOf(keyword: Keyword): string {
  const hexadecimal = ELEMENTS[keyword][0].toString(16).padStart(8, '0');
  return `${hexadecimal.slice(0, 4)}|${hexadecimal.slice(4)}`;
}
