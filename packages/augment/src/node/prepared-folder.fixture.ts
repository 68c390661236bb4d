import { writePreparedCase } from '@nnunet/store';

/** Writes a prepared case without a history: (modalities + 1, z, y, x), and where its classes are. */
export async function writeCase(
  folder: string,
  id: string,
  data: Float32Array,
  shape: [number, number, number, number],
  locations?: Record<string, Int32Array>,
): Promise<void> {
  const size = shape.slice(1);
  await writePreparedCase(folder, id, {
    data,
    shape,
    locations,
    properties: {
      original_size_of_raw_data: size,
      original_spacing: [1, 1, 1],
      list_of_data_files: [`${id}_0000.nii.gz`],
      seg_file: null,
      itk_origin: [0, 0, 0],
      itk_spacing: [1, 1, 1],
      itk_direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
      crop_bbox: size.map((n): [number, number] => [0, n]),
      classes: [0],
      size_after_cropping: size,
    },
  });
}
