import type { Triple } from '@nnunet/volume';
import { badImage } from '../bad-image.ts';
import { type ItkImage, volumeFromItk } from '../itk-image.ts';
import type { StackedSlice } from '../stack-slices.ts';
import { numbersOf, type PlacedSlice, seriesTitle } from './placed-slice.ts';

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
    title: seriesTitle(tag('0008|103e'), tag('0020|0011')),
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
