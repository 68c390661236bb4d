import type { TypedArray } from '@nnunet/tensor';
import type { Volume } from '@nnunet/volume';
import { stackSlices } from '../stack-slices.ts';
import type { DicomSlice } from './dicom-slice.ts';
import { orderSlices } from './order-slices.ts';

/**
 * Makes an image of the slices of a DICOM series, given in any order.
 *
 * @param where names the series in messages
 * @throws NnUNetError 'bad-image'; see `orderSlices` and `stackSlices`
 */
export function volumeOfSlices(slices: readonly DicomSlice[], where: string): Volume<TypedArray> {
  const { slices: ordered, step } = orderSlices(slices, where);
  const first = ordered[0]!;
  return {
    data: stackSlices(ordered, where),
    shape: [ordered.length, first.rows, first.columns],
    spacing: [step, first.spacing[1], first.spacing[2]],
    origin: first.position,
    direction: first.direction,
  };
}
