import type { CaseProperties } from '@nnunet/dataset';
import type { LabelImage } from '@nnunet/preprocess';
import type { Triple, Volume } from '@nnunet/volume';

/** Labels of a case as an image that lies where the case's own lies. */
export function imageOfCase(labels: LabelImage, properties: CaseProperties): Volume<Uint8Array> {
  const { itk_spacing, itk_origin, itk_direction, nifti_header } = properties;
  const [x, y, z] = itk_spacing as [number, number, number];
  return {
    data: labels.data,
    shape: labels.shape as unknown as Triple,
    spacing: [z, y, x],
    origin: itk_origin as unknown as Triple,
    direction: itk_direction,
    ...(nifti_header === undefined
      ? {}
      : { niftiHeader: Uint8Array.from(atob(nifti_header), (character) => character.charCodeAt(0)) }),
  };
}
