import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readNpzFile } from '@nnunet/tensor/node';
import { readLabels, readVolume } from '@nnunet/volume/node';
import { describe, expect, it } from 'vitest';
import { loadModel } from './load-model.ts';

const shared = fileURLToPath(new URL('../../../../../shared/', import.meta.url));
const models = join(shared, 'golden/models');
const hippocampus = join(shared, 'data/Task04_Hippocampus/imagesTs');
const ct = join(shared, 'data/Task103_CT');

interface Golden {
  folder: string;
  predicted: string;
  image: string;
  id: string;
  folds?: number[];
  trainer: string;
  configuration: string;
  /** Folder of the 3d_lowres predictions. */
  previous?: string;
  /** Array of the .npz, and the greatest difference allowed: half the step of float16 is in v1's. */
  array: 'softmax' | 'probabilities';
  tolerance: number;
  /** Share of the voxels whose labels may differ. */
  share: number;
}

const v1 = { array: 'softmax', tolerance: 5.5e-4, share: 1e-4, trainer: 'nnUNetTrainerV2' } as const;
const v2 = { array: 'probabilities', tolerance: 2e-3, share: 5e-4, trainer: 'nnUNetTrainer' } as const;
const ofV1 = (path: string) => `v1/nnUNet/${path}__nnUNetPlansv2.1`;

const goldens: Record<string, Golden> = {
  'v1 3d_fullres': {
    ...v1,
    folder: ofV1('3d_fullres/Task004_Hippocampus/nnUNetTrainerV2'),
    predicted: 'v1/predicted/hippocampus_3d_fullres',
    image: join(hippocampus, 'hippocampus_105'),
    id: 'hippocampus_105',
    configuration: '3d_fullres',
  },
  'v1 2d': {
    ...v1,
    folder: ofV1('2d/Task103_CT/nnUNetTrainerV2'),
    predicted: 'v1/predicted/ct_2d',
    image: join(ct, 'imagesTr/ct_10305_0000'),
    id: 'ct_10305',
    configuration: '2d',
  },
  'v1 3d_lowres of three folds': {
    ...v1,
    folder: ofV1('3d_lowres/Task103_CT/nnUNetTrainerV2'),
    predicted: 'v1/predicted/ct_3d_lowres_folds_0_1_2',
    image: join(ct, 'imagesTr/ct_10300_0000'),
    id: 'ct_10300',
    configuration: '3d_lowres',
  },
  'v1 3d_cascade_fullres': {
    ...v1,
    trainer: 'nnUNetTrainerV2CascadeFullRes' as 'nnUNetTrainerV2',
    folder: ofV1('3d_cascade_fullres/Task103_CT/nnUNetTrainerV2CascadeFullRes'),
    predicted: 'v1/predicted/ct_3d_cascade_fullres',
    image: join(ct, 'imagesTs/ct_10308_0000'),
    id: 'ct_10308',
    configuration: '3d_cascade_fullres',
    previous: 'v1/predicted/ct_3d_cascade_fullres/3d_lowres_predictions',
  },
  'v2 PlainConvUNet': {
    ...v2,
    folder: 'v2/nnUNetTrainer__nnUNetPlans__3d_fullres',
    predicted: 'v2/predicted/hippocampus_3d_fullres',
    image: join(hippocampus, 'hippocampus_105'),
    id: 'hippocampus_105',
    configuration: '3d_fullres',
  },
  'v2 ResidualEncoderUNet, transposed': {
    ...v2,
    folder: 'v2/nnUNetTrainer__nnUNetResEncUNetMPlans__3d_fullres',
    predicted: 'v2/predicted/ct_resenc_3d_fullres',
    image: join(ct, 'imagesTr/ct_10300_0000'),
    id: 'ct_10300',
    configuration: '3d_fullres',
  },
};

// Skipped where the trained models are not beside the repository: they are large.
describe.skipIf(!existsSync(models)).each(Object.entries(goldens))('a trained folder: %s', (_, golden) => {
  it('predicts what the nnU-Net that trained it predicts', async () => {
    const model = await loadModel(join(models, golden.folder), { folds: golden.folds });
    expect(model.description).toMatchObject({ trainer: golden.trainer, configuration: golden.configuration });
    const expected = join(models, golden.predicted, golden.id);
    const previous = golden.previous && (await readLabels(join(models, golden.previous, `${golden.id}.nii.gz`)));
    const prediction = await model.predict(await readVolume(`${golden.image}.nii.gz`), {
      ...(previous ? { previousSegmentation: previous as { data: ArrayLike<number>; shape: readonly number[] } } : {}),
    });
    await model.dispose();

    const labels = prediction.labels();
    const wanted = await readLabels(`${expected}.nii.gz`);
    for (const key of ['shape', 'spacing', 'origin', 'direction'] as const) expect(labels[key]).toEqual(wanted[key]);
    expect(labels.data).toBeInstanceOf(Uint8Array);
    const other = labels.data.filter((label, i) => label !== wanted.data[i]).length;
    expect(other).toBeLessThanOrEqual(golden.share * labels.data.length);
    expect(new Set(labels.data)).toEqual(new Set(wanted.data as Uint8Array));

    const own = prediction.archive().arrays[golden.array]!;
    const theirs = (await readNpzFile(`${expected}.npz`)).get(golden.array)!;
    expect(own.shape).toEqual(theirs.shape);
    let worst = 0;
    for (let i = 0; i < theirs.data.length; i++)
      worst = Math.max(worst, Math.abs((own.data[i] as number) - (theirs.data[i] as number)));
    expect(worst).toBeLessThan(golden.tolerance);
  });
});
