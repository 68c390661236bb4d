import { expect, it } from 'vitest';
import { geometryOfCase } from './case-geometry.ts';

const properties = {
  original_size_of_raw_data: [4, 5, 6],
  original_spacing: [3, 2, 1],
  list_of_data_files: [],
  seg_file: null,
  itk_origin: [10, 20, 30],
  itk_spacing: [1, 2, 3],
  itk_direction: [0, 1, 0, 1, 0, 0, 0, 0, -1],
  crop_bbox: [],
  classes: [],
  size_after_cropping: [1, 1, 1],
};

it('gives the geometry of the image before it was cropped', () => {
  const geometry = {
    shape: [4, 5, 6],
    spacing: [3, 2, 1],
    origin: [10, 20, 30],
    direction: [0, 1, 0, 1, 0, 0, 0, 0, -1],
  };
  expect(geometryOfCase(properties)).toEqual(geometry);
  const niftiHeader = Uint8Array.of(1, 2, 255);
  expect(geometryOfCase({ ...properties, nifti_header: 'AQL/' })).toEqual({ ...geometry, niftiHeader });
});
