/** The properties of a made case that cropping left as it was, with a spacing of 1 mm. */
export function wholeCase(id: number | string, shape: readonly number[], classes: readonly number[]) {
  return {
    original_size_of_raw_data: [...shape],
    original_spacing: [1, 1, 1],
    list_of_data_files: [`case_${id}_0000.nii.gz`],
    seg_file: null,
    itk_origin: [0, 0, 0],
    itk_spacing: [1, 1, 1],
    itk_direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    crop_bbox: shape.map((n): [number, number] => [0, n]),
    classes: [...classes],
    size_after_cropping: [...shape],
  };
}
