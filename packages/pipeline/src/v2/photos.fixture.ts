import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { png } from '@nnunet/plot/internal';
import type { Roots } from '@nnunet/schema';
import { preprocessedFolder, rawFolder } from '@nnunet/schema/internal';
import { counterRandom } from '@nnunet/tensor';
import type { Reporter } from '../reporter.ts';
import { planAndPreprocessDatasetsV2, preprocessDatasetsV2 } from './plan-datasets.ts';
import { trainDataset } from './train-dataset.ts';

export { png };

/** Rows and columns. */
export const PHOTO = [36, 40] as const;

/** Writes a raw dataset of v2 of colour photographs with a bright disc each, as PNG; the last one is in imagesTs. */
export function writePhotos(folder: string, cases: number): void {
  for (const name of ['imagesTr', 'labelsTr', 'imagesTs', 'labelsTs'])
    mkdirSync(join(folder, name), { recursive: true });
  const [height, width] = PHOTO;
  for (let id = 0; id <= cases; id++) {
    const labels = new Uint8Array(height * width);
    const colours = new Uint8Array(3 * labels.length);
    const noise = counterRandom(id, 'photo').fillNormal(new Float32Array(colours.length), 20);
    for (let i = 0; i < labels.length; i++) {
      const [y, x] = [Math.floor(i / width), i % width];
      labels[i] = (y - 18) ** 2 + (x - 18 - (id % 3)) ** 2 < 90 ? 1 : 0;
      for (let c = 0; c < 3; c++)
        colours[3 * i + c] = Math.max(0, Math.min(255, 60 * (c + 1) * labels[i]! + 50 + noise[3 * i + c]!));
    }
    const of = id < cases ? 'Tr' : 'Ts';
    const save = (name: string, data: Uint8Array, channels: number) =>
      writeFileSync(join(folder, name), png.encode({ data, height, width, channels, depth: 8 }));
    save(`images${of}/photo_${id}_0000.png`, colours, 3);
    save(`labels${of}/photo_${id}.png`, labels, 1);
  }
  const description = {
    channel_names: { 0: 'R', 1: 'G', 2: 'B' },
    labels: { background: 0, disc: 1 },
    numTraining: cases,
    file_ending: '.png',
  };
  writeFileSync(join(folder, 'dataset.json'), JSON.stringify(description));
}

/** Writes photographs, plans them, and trains fold 0 of a network that takes seconds, `nnUNetPlansTiny`, in 2D. */
export async function trainPhotos(roots: Roots, name: string, reporter: Reporter): Promise<void> {
  writePhotos(rawFolder(roots, name), 5);
  const common = { roots, datasets: [name], workers: [1], reporter };
  await planAndPreprocessDatasetsV2({
    ...common,
    clean: false,
    verify: true,
    preprocess: false,
    fingerprintWorkers: 1,
  });
  const file = (plans: string) => join(preprocessedFolder(roots, name), `${plans}.json`);
  const plans = JSON.parse(readFileSync(file('nnUNetPlans'), 'utf8'));
  const own = plans.configurations['2d'];
  Object.assign(own, { patch_size: [32, 32], batch_size: 2 });
  Object.assign(own.architecture.arch_kwargs, {
    n_stages: 2,
    features_per_stage: [4, 6],
    n_conv_per_stage: [1, 1],
    n_conv_per_stage_decoder: [1],
    kernel_sizes: [1, 2].map(() => [3, 3]),
    strides: [1, 2].map((stride) => [stride, stride]),
  });
  writeFileSync(file('nnUNetPlansTiny'), JSON.stringify({ ...plans, plans_name: 'nnUNetPlansTiny' }));
  await preprocessDatasetsV2({ ...common, plansName: 'nnUNetPlansTiny', configurations: ['2d'] });
  await trainDataset({
    roots,
    dataset: name,
    configuration: '2d',
    fold: '0',
    plansName: 'nnUNetPlansTiny',
    settings: { epochs: 1, iterationsPerEpoch: 2, validationIterationsPerEpoch: 1 },
    workers: 0,
    compute: { threads: 1, lowering: 'plain' },
    reporter,
  });
}
