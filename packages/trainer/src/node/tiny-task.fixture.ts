import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writePreparedCase } from '@nnunet/store';
import { counterRandom } from '@nnunet/tensor';
import { writeLabels } from '@nnunet/volume/node';
import type { FoldTask } from './fold-task.ts';
import { wholeCase } from './whole-case.fixture.ts';

/** Fold 0 of the task written to `<root>/preprocessed`, with its model in `<root>/<model>`. */
export function tinyFold(root: string, model = 'model'): FoldTask {
  return {
    preprocessedFolder: join(root, 'preprocessed'),
    modelFolder: join(root, model),
    task: 'Task900_Tiny',
    fold: 0,
  };
}

const SHAPE = [6, 12, 10] as const;

/**
 * A preprocessed task of five cases, each a noisy image of 6 x 12 x 10 voxels with a column of label 1 around one of label
 * 2, with the references, for the given stages (all alike).
 */
export async function writeTinyTask(folder: string, stages: number[]): Promise<void> {
  await mkdir(join(folder, 'gt_segmentations'), { recursive: true });
  const direction = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  for (let id = 0; id < 5; id++) {
    const seg = new Float32Array(6 * 12 * 10);
    const image = counterRandom(id, 'image').fillNormal(new Float32Array(seg.length), 0.1);
    const locations: { 1: number[]; 2: number[] } = { 1: [], 2: [] };
    for (let i = 0; i < seg.length; i++) {
      const [z, y, x] = [Math.floor(i / 120), Math.floor(i / 10) % 12, i % 10];
      const distance = (y - 6) ** 2 + (x - 4 - (id % 2)) ** 2;
      const label = distance < 3 ? 2 : distance < 12 ? 1 : 0;
      seg[i] = label;
      image[i]! += label;
      if (label > 0) locations[label as 1 | 2].push(z, y, x);
    }
    const properties = {
      ...wholeCase(id, SHAPE, [0, 1, 2]),
      size_after_resampling: [...SHAPE],
      spacing_after_resampling: [1, 1, 1],
    };
    for (const stage of stages) {
      const stageFolder = join(folder, `nnUNetData_plans_v2.1_stage${stage}`);
      await mkdir(stageFolder, { recursive: true });
      await writePreparedCase(stageFolder, `case_${id}`, {
        data: Float32Array.from([...image, ...seg]),
        shape: [2, ...SHAPE],
        properties,
        locations: Object.fromEntries(Object.entries(locations).map(([label, list]) => [label, Int32Array.from(list)])),
      });
    }
    const geometry = { shape: SHAPE, spacing: [1, 1, 1] as const, origin: [0, 0, 0] as const, direction };
    await writeLabels(join(folder, 'gt_segmentations', `case_${id}.nii.gz`), Uint8Array.from(seg), geometry);
  }
}
