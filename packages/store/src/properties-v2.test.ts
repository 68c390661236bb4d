import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pickleToJson, readPickle } from '@nnunet/pickle';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { writePropertiesV2 } from './properties-v2.ts';

it('says where the image lies, as SimpleITK and as nibabel', async () => {
  const base = join(temporaryFolder(), 'case');
  const properties = {
    original_size_of_raw_data: [4, 5, 6],
    original_spacing: [3, 2, 0.5],
    list_of_data_files: [],
    seg_file: null,
    itk_origin: [10, 20, 30],
    itk_spacing: [0.5, 2, 3],
    // x runs along y, and the reverse.
    itk_direction: [0, 1, 0, -1, 0, 0, 0, 0, 1],
    crop_bbox: [
      [0, 4],
      [0, 5],
      [0, 6],
    ],
    classes: [],
    size_after_cropping: [4, 5, 6],
    shape_before_cropping: [5, 4, 6],
  };
  writeFileSync(`${base}.json`, JSON.stringify(properties));
  await writePropertiesV2(base);
  expect(pickleToJson(readPickle(readFileSync(`${base}.pkl`)))).toEqual({
    ...properties,
    sitk_stuff: { spacing: [0.5, 2, 3], origin: [10, 20, 30], direction: [0, 1, 0, -1, 0, 0, 0, 0, 1] },
    nibabel_stuff: {
      original_affine: [
        [-0, -2, -0, -10],
        [0.5, -0, -0, -20],
        [0, 0, 3, 30],
        [0, 0, 0, 1],
      ],
    },
  });
});
