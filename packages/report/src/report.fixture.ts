import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Reporter } from '@nnunet/pipeline';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { writeLabels, writeVolume } from '@nnunet/volume/node';

export const SHAPE = [6, 10, 12] as const;
export const GEOMETRY = {
  shape: SHAPE,
  spacing: [3, 1, 1],
  origin: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
} as const;

/** A box of label 1 beside one of label 2, `wide` voxels wide each. */
export function boxes(wide: number): Uint8Array {
  const labels = new Uint8Array(SHAPE[0] * SHAPE[1] * SHAPE[2]);
  for (let z = 1; z < 5; z++)
    for (let y = 2; y < 8; y++)
      for (let x = 0; x < 2 * wide; x++) labels[(z * SHAPE[1] + y) * SHAPE[2] + 2 + x] = x < wide ? 1 : 2;
  return labels;
}

/** An image in which label 1 has the intensity 100, label 2 the intensity 200, and the rest 10. */
export function imageOf(labels: Uint8Array): Float32Array {
  return Float32Array.from(labels, (label) => [10, 100, 200][label]!);
}

export const silent: Reporter = { message: () => {}, warning: () => {}, progress: () => {} };

/** The options of a report on the usual models of the task of {@link writeBoxes}, without its roots. */
export const boxesOptions = {
  task: '900',
  trainer: 'nnUNetTrainerV2',
  cascadeTrainer: 'nnUNetTrainerV2CascadeFullRes',
  plansIdentifier: 'nnUNetPlansv2.1',
  workers: 1,
  reporter: silent,
};

/** Writes a raw task of cases `c0`, `c1`, … with boxes of two labels, and returns its roots and folder. */
export async function writeBoxes(widths: readonly number[]) {
  const root = temporaryFolder();
  const roots = resolveRoots({ root, env: {} });
  const raw = join(root, 'nnUNet_raw_data_base/nnUNet_raw_data/Task900_Boxes');
  for (const name of ['imagesTr', 'labelsTr', 'imagesTs']) await mkdir(join(raw, name), { recursive: true });
  for (const [i, wide] of widths.entries()) {
    const labels = boxes(wide);
    await writeVolume(join(raw, `imagesTr/c${i}_0000.nii.gz`), { ...GEOMETRY, data: imageOf(labels) });
    await writeLabels(join(raw, `labelsTr/c${i}.nii.gz`), labels, GEOMETRY);
  }
  await writeVolume(join(raw, 'imagesTs/t0_0000.nii.gz'), { ...GEOMETRY, data: imageOf(boxes(2)) });
  const description = {
    name: 'Boxes',
    modality: { 0: 'MRI' },
    labels: { 0: 'background', 1: 'left', 2: 'right' },
    numTraining: widths.length,
    numTest: 1,
    training: widths.map((_, i) => ({ image: `./imagesTr/c${i}.nii.gz`, label: `./labelsTr/c${i}.nii.gz` })),
    test: ['./imagesTs/t0.nii.gz'],
  };
  await writeFile(join(raw, 'dataset.json'), JSON.stringify(description));
  return { root, roots, raw };
}
