import type { CaseProperties } from '@nnunet/schema';
import { fromBase64 } from '@nnunet/tensor/internal';
import type { ImageGeometry } from '@nnunet/volume';

/** Returns the size and geometry of a case's original image, as stored in the case's properties. */
export function geometryOfCase(properties: CaseProperties): ImageGeometry {
  const { itk_spacing, itk_origin, itk_direction, original_size_of_raw_data, nifti_header } = properties;
  const [x, y, z] = triple(itk_spacing);
  return {
    shape: triple(original_size_of_raw_data),
    spacing: [z, y, x],
    origin: triple(itk_origin),
    direction: [...itk_direction],
    ...(nifti_header === undefined ? {} : { niftiHeader: fromBase64(nifti_header) }),
  };
}

function triple(values: readonly number[]): [number, number, number] {
  return [...values] as [number, number, number];
}
