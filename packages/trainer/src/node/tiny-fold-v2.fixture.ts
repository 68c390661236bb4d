import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writePreparedCase } from '@nnunet/store';
import { counterRandom } from '@nnunet/tensor';
import { tinyContextV2 } from '../v2/tiny-plans-v2.fixture.ts';
import type { TrainOptionsV2 } from './train-v2.ts';
import { wholeCase } from './whole-case.fixture.ts';

const SHAPE = [10, 11, 12] as const;

/** Writes five cases of noise with two regions, of which the half of each slice is not annotated. */
async function writeCases(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const size = 10 * 11 * 12;
  for (let id = 0; id < 5; id++) {
    const data = counterRandom(id, 'image').fillNormal(new Float32Array(2 * size), 0.1);
    const locations: Record<string, number[]> = { '1,2': [], 2: [], '-1,0,1,2': [] };
    for (let i = 0; i < size; i++) {
      const voxel = [Math.floor(i / 132), Math.floor(i / 12) % 11, i % 12] as const;
      const distance = (voxel[1] - 5) ** 2 + (voxel[2] - 6) ** 2;
      const label = voxel[1] > 6 ? 3 : distance < 4 ? 2 : distance < 12 ? 1 : 0;
      data[i] = data[i]! + label;
      data[size + i] = label;
      if (label === 1 || label === 2) locations['1,2']!.push(...voxel);
      if (label === 2) locations[2]!.push(...voxel);
      if (label < 3) locations['-1,0,1,2']!.push(...voxel);
    }
    await writePreparedCase(folder, `case_${id}`, {
      data,
      shape: [2, ...SHAPE],
      properties: wholeCase(id, SHAPE, [0, 1, 2, 3]),
      locations: Object.fromEntries(Object.entries(locations).map(([key, list]) => [key, Int32Array.from(list)])),
    });
  }
}

export const tinyFoldContextV2 = tinyContextV2({ background: 0, whole: [1, 2], core: 2, ignore: 3 }, { dataset: { regions_class_order: [1, 2] } }); // biome-ignore format: a row

/** Options of a training of fold 0, whose cases are written to `<root>/preprocessed`. */
export async function optionsInV2(root: string, more: Partial<TrainOptionsV2> = {}): Promise<TrainOptionsV2> {
  const preprocessedFolder = join(root, 'preprocessed');
  await writeCases(join(preprocessedFolder, 'nnUNetPlans_3d_fullres'));
  return {
    ...tinyFoldContextV2,
    preprocessedFolder,
    modelFolder: join(root, 'nnUNetTrainer__nnUNetPlans__3d_fullres'),
    fold: 0,
    settings: { epochs: 2, iterationsPerEpoch: 2, validationIterationsPerEpoch: 1, seed: 7 },
    workers: 0,
    // Which one is faster need not be measured.
    compute: { threads: 1, lowering: 'plain' },
    ...more,
  };
}
