import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadExtensions } from '@nnunet/pipeline';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { trainingMemory } from '@nnunet/trainer/node/internal';
import { writeVolume } from '@nnunet/volume/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { readEstimateFacts } from '../estimate-facts.ts';
import { estimateJobs } from '../estimate-jobs.ts';
import { planJobs } from '../plan-jobs.ts';
import { settingsWith, facts as taskFacts } from '../settings.fixture.ts';
import { plannedWorkV2 } from './planned-work-v2.ts';

const task = 'Dataset501_Liver';
const root = temporaryFolder();
const roots = resolveRoots({ root });
const raw = join(root, 'nnUNet_raw', task);
const prepared = join(root, 'nnUNet_preprocessed', task);
const names = { trainer: 'nnUNetTrainer', cascadeTrainer: 'nnUNetTrainer', plansIdentifier: 'nnUNetPlans' };
const of = (changes = {}) => settingsWith({ task, configurations: ['2d', '3d_fullres'], ...names, ...changes });
const dataset = {
  channel_names: { 0: 'T1', 1: 'T2' },
  labels: { background: 0, liver: 1, tumour: 2, ignore: 3 },
  numTraining: 7,
  file_ending: '.nii.gz',
};
/** v2's plans of a small network, in patches of 8 x 8 x 8 voxels. */
const plans = {
  dataset_name: task,
  plans_name: 'nnUNetPlans',
  image_reader_writer: 'SimpleITKIO',
  transpose_forward: [0, 1, 2],
  transpose_backward: [0, 1, 2],
  configurations: {
    '3d_fullres': {
      data_identifier: 'nnUNetPlans_3d_fullres',
      batch_size: 2,
      patch_size: [8, 8, 8],
      spacing: [1, 1, 1],
      normalization_schemes: ['ZScoreNormalization', 'ZScoreNormalization'],
      use_mask_for_norm: [false, false],
      ...Object.fromEntries(
        ['data', 'seg', 'probabilities'].flatMap((use) => [
          [`resampling_fn_${use}`, 'resample_data_or_seg_to_shape'],
          [`resampling_fn_${use}_kwargs`, { is_seg: use === 'seg', order: 1, order_z: 0, force_separate_z: null }],
        ]),
      ),
      architecture: {
        network_class_name: 'dynamic_network_architectures.architectures.unet.PlainConvUNet',
        arch_kwargs: {
          n_stages: 3,
          features_per_stage: [4, 6, 8],
          kernel_sizes: [3, 3, 3],
          strides: [1, 2, 2],
          n_conv_per_stage: [1, 1, 1],
          n_conv_per_stage_decoder: [1, 1],
          conv_bias: true,
          conv_op: 'torch.nn.modules.conv.Conv3d',
          norm_op: 'torch.nn.modules.instancenorm.InstanceNorm3d',
          norm_op_kwargs: { eps: 1e-5, affine: true },
          nonlin: 'torch.nn.LeakyReLU',
          nonlin_kwargs: { inplace: true },
        },
      },
      batch_dice: false,
    },
    '3d_cascade_fullres': { inherits_from: '3d_fullres', previous_stage: '3d_lowres' },
  },
  foreground_intensity_properties_per_channel: {},
};
const extensions = await loadExtensions([]);
const experiment = (changes = {}) => ({ roots, settings: of(changes), extensions });

beforeAll(async () => {
  mkdirSync(join(raw, 'imagesTr'), { recursive: true });
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) {
    const geometry = { spacing: [2, 1, 1], origin: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] } as const;
    const shape = [24, 48, 40] as const;
    for (const channel of ['0000', '0001'])
      await writeVolume(join(raw, 'imagesTr', `${id}_${channel}.nii.gz`), { ...geometry, shape, data: new Uint8Array(24 * 48 * 40) }); // biome-ignore format: a row
  }
  writeFileSync(join(raw, 'dataset.json'), JSON.stringify(dataset));
});

describe('the work of a data set of v2 that is not planned yet', () => {
  it('follows from the plans that v2 would make of the headers', async () => {
    const planned = (await plannedWorkV2.foreseen(experiment()))!;
    expect(planned).toMatchObject({ channels: 2, labels: 2 });
    expect(planned.cases.map(({ shape }) => shape)).toEqual(Array(7).fill([24, 48, 40]));
    const work = planned.configuration('3d_fullres', of())!;
    expect(work.trainer.patchSize).toEqual([24, 48, 40]);
    expect(work.rules.version).toBe(2);
    expect(work.rules.description.network.inputChannels).toBe(2);
    expect(planned.configuration('2d', of())!.trainer.patchSize).toEqual([48, 40]);
    expect(planned.configuration('3d_lowres', of())).toBeNull();
  });

  it('is greater for a residual planner', async () => {
    const multiplications = async (prepare: string[]) => {
      const planned = await plannedWorkV2.foreseen(experiment({ arguments: { prepare } }));
      return planned!.configuration('3d_fullres', of())!.network.multiplications;
    };
    const usual = await multiplications([]);
    expect(await multiplications(['-pl', 'nnUNetPlannerResEncM'])).toBeGreaterThan(usual);
    const coarse = await multiplications(['-overwrite_target_spacing', '4', '2', '2']);
    expect(coarse).toBeLessThan(usual);
    await expect(multiplications(['-pl', 'nnUNetPlannerNone'])).rejects.toThrow(/nnUNetPlannerNone/);
  });
});

describe('the jobs of a data set of v2', () => {
  it('take what its trainers and their networks take', async () => {
    const found = { ...(await readEstimateFacts(roots, of())), speed: { logged: new Map(), measured: 2e-11 } };
    expect(found.foreseen).toBe(true);
    const estimated = (words = '', trainer = 'nnUNetTrainer') => {
      const settings = of({ trainer, arguments: { train: words.split(' ') } });
      const job = planJobs(settings, taskFacts).filter(({ id }) => id === 'train-3d_fullres-fold_0');
      return estimateJobs(job, settings, found).get('train-3d_fullres-fold_0')!;
    };
    const usual = estimated();
    const predicting = (predict: string[]) => {
      const prediction = { images: join(raw, 'imagesTr'), output: '/o', references: null, parts: 1 };
      const settings = of({ configurations: ['3d_fullres'], prediction, arguments: { predict } });
      const jobs = planJobs(settings, taskFacts);
      return estimateJobs(jobs, settings, { ...found, images: large }).get('predict-3d_fullres-part_0')!.seconds!;
    };
    const images = await found.planned!.images(join(raw, 'imagesTr'));
    const large = images.map((image) => ({ ...image, shape: [48, 96, 80] as const }));
    expect(images.map(({ spacing }) => spacing)).toEqual(Array(7).fill([2, 1, 1]));
    expect(predicting(['--disable_tta'])).toBeLessThan(predicting([]) / 4);
    expect(predicting(['-step_size', '0.3'])).toBeGreaterThan(predicting([]));
    const tenth = estimated('', 'nnUNetTrainer_100epochs');
    expect(usual.seconds! / tenth.seconds!).toBeCloseTo(10, 0);
    expect(estimated('--epochs 100').seconds).toBe(tenth.seconds);
    const { trainer } = found.planned!.configuration('3d_fullres', of())!;
    expect(usual.memory).toBe(trainingMemory(trainer, 2));
    expect(() => estimated('', 'nnUNetTrainerNone')).toThrow(/nnUNetTrainerNone/);
    // Validation cases are predicted without the mirroring that the trainer does without.
    const [mirrored, plain] = ['nnUNetTrainer', 'nnUNetTrainerNoMirroring'].map(
      (trainer) => estimated('--epochs 1 --iterations_per_epoch 1', trainer).seconds!,
    );
    expect(plain).toBeLessThan(mirrored!);
  });
});

describe('the work of a data set of v2 that is planned', () => {
  const sizes = [
    [10, 48, 40],
    [12, 60, 40],
  ];
  const spacings = [
    [3, 1, 1],
    [2, 1, 1],
  ];
  beforeAll(() => {
    mkdirSync(prepared, { recursive: true });
    writeFileSync(join(prepared, 'nnUNetPlans.json'), JSON.stringify(plans));
    writeFileSync(join(prepared, 'dataset.json'), JSON.stringify(dataset));
  });

  it('follows from the plans and from the fingerprint, or else from the headers', async () => {
    expect(await plannedWorkV2.stored(experiment({ plansIdentifier: 'nnUNetResEncUNetMPlans' }))).toBeNull();
    const moved = (await plannedWorkV2.stored(experiment()))!;
    expect(moved.cases).toHaveLength(7);
    const fingerprint = {
      foreground_intensity_properties_per_channel: {},
      median_relative_size_after_cropping: 1,
      shapes_after_crop: sizes,
      spacings,
    };
    writeFileSync(join(prepared, 'dataset_fingerprint.json'), JSON.stringify(fingerprint));
    const planned = (await plannedWorkV2.stored(experiment()))!;
    expect(planned.cases.map(({ shape, spacing }) => [shape, spacing])).toEqual(sizes.map((n, i) => [n, spacings[i]]));
    expect(planned.configuration('3d_fullres', of())!.trainer.patchSize).toEqual([8, 8, 8]);
    // The cascade has the prepared cases of 3d_fullres.
    expect(planned.grids).toEqual([{ transposeForward: [0, 1, 2], spacing: [1, 1, 1] }]);
    const found = await readEstimateFacts(roots, of());
    expect(found).toMatchObject({ foreseen: false, validationCases: [1, 1, 0, 0, 0] });
  });

  it('takes as long as the logs of its trainings say', async () => {
    const fold = join(root, 'nnUNet_results', task, 'nnUNetTrainer__nnUNetPlans__3d_fullres/fold_0');
    mkdirSync(fold, { recursive: true });
    const schedule = { iterationsPerEpoch: 10, validationIterationsPerEpoch: 2 };
    const debug = { batch_size: '2', settings: JSON.stringify(schedule), log_file: '/elsewhere/training_log_1.txt' };
    writeFileSync(join(fold, 'debug.json'), JSON.stringify(debug));
    const epochs = [30, 20, 20].map((seconds, i) => JSON.stringify({ epoch: i + 1, seconds }));
    writeFileSync(join(fold, 'training_log_1.jsonl'), `${epochs.join('\n')}\n`);
    const found = await readEstimateFacts(roots, of());
    expect(found.speed.measured).toBeNull();
    const seconds = (more: number) => {
      const train = `--iterations_per_epoch 10 --val_iterations_per_epoch 2 --epochs ${more}`.split(' ');
      const asked = of({ configurations: ['3d_fullres'], arguments: { train } });
      return estimateJobs(planJobs(asked, taskFacts), asked, found).get('train-3d_fullres-fold_0')!.seconds!;
    };
    // 20 s an epoch, and little more to save and draw.
    expect(seconds(11) - seconds(1)).toBeGreaterThan(200);
    expect(seconds(11) - seconds(1)).toBeLessThan(205);
  });
});
