import { existsSync, readFileSync } from 'node:fs';
import { formatJsonV2 } from '@nnunet/schema/internal';
import { describe, expect, it } from 'vitest';
import { type DatasetForPlanningV2, type FingerprintV2, planExperimentV2, shippedPlannersV2 } from '../src/v2.ts';
import { firstDifference, type GoldenCase } from './golden-cases.ts';

const golden = new URL('../../../../shared/golden/v2/', import.meta.url);
const read = (path: string) => JSON.parse(readFileSync(new URL(path, golden), 'utf8'));

type PlansByName = Record<string, object>;

interface CaseV2 {
  name: string;
  input: GoldenCase['input'] & { num_cases: number; labels?: object };
  plans: PlansByName;
  plans_gpu_memory_target?: Record<string, PlansByName>;
  plans_options?: Record<string, { arguments: Record<string, unknown>; plans: object }>;
}

function inputsOf({ input }: CaseV2): [FingerprintV2, DatasetForPlanningV2] {
  const shares = [...input.size_reductions].sort((a, b) => a - b);
  const middle = shares.length / 2;
  const share = (shares[Math.ceil(middle) - 1]! + shares[Math.floor(middle)]!) / 2;
  return [
    {
      foreground_intensity_properties_per_channel: {},
      median_relative_size_after_cropping: share,
      shapes_after_crop: input.sizes,
      spacings: input.spacings,
    },
    {
      name: 'Dataset900_Table',
      channelNames: input.modalities,
      labelEntries:
        input.labels === undefined ? input.num_classes_without_background + 1 : Object.keys(input.labels).length,
      numTraining: input.num_cases,
      imageReader: 'SimpleITKIO',
    },
  ];
}

/** Also compares the order of the keys, which is that of v2's file. */
function expectSame(actual: object, expected: object) {
  const { foreground_intensity_properties_per_channel: _, ...rest } = actual as Record<string, unknown>;
  expect(firstDifference(rest, expected)).toBeNull();
  expect(keysOf(rest)).toEqual(keysOf(expected));
}

function keysOf(value: unknown): unknown {
  if (Array.isArray(value) || value === null || typeof value !== 'object') return 0;
  return Object.entries(value).map(([key, entry]) => [key, keysOf(entry)]);
}

describe.skipIf(!existsSync(golden))('plans equal those of nnU-Net 2.8.1 (../shared/golden/v2)', () => {
  const cases: CaseV2[] = existsSync(golden) ? read('planner/cases.json') : [];

  it.each(cases)('$name', (planned) => {
    const inputs = inputsOf(planned);
    for (const [planner, expected] of Object.entries(planned.plans)) {
      expectSame(planExperimentV2(...inputs, { planner }), expected);
    }
    for (const [planner, targets] of Object.entries(planned.plans_gpu_memory_target ?? {})) {
      for (const [target, expected] of Object.entries(targets)) {
        expectSame(planExperimentV2(...inputs, { planner, gpuMemoryTarget: Number(target) }), expected);
      }
    }
    for (const { arguments: given, plans } of Object.values(planned.plans_options ?? {})) {
      const options = {
        targetSpacing: given.overwrite_target_spacing as number[] | undefined,
        plansName: given.overwrite_plans_name as string | undefined,
        gpuMemoryTarget: given.gpu_memory_target_in_gb as number | undefined,
        preprocessorName: given.preprocess_class_name as string | undefined,
      };
      expectSame(planExperimentV2(...inputs, Object.fromEntries(Object.entries(options).filter(([, v]) => v))), plans);
    }
  });

  it.each(['Dataset004_Hippocampus', 'Dataset101_Aniso', 'Dataset102_TwoMod', 'Dataset103_CT', 'Dataset121_Regions'])(
    '%s, from its files',
    (name) => {
      const dataset = read(`plans/${name}/dataset.json`);
      const fingerprint = read(`plans/${name}/dataset_fingerprint.json`);
      const described = {
        name,
        channelNames: Object.values<string>(dataset.channel_names),
        labelEntries: Object.keys(dataset.labels).length,
        numTraining: dataset.numTraining,
        imageReader: 'SimpleITKIO',
      };
      for (const [planner, file] of [
        ['ExperimentPlanner', 'nnUNetPlans'],
        ['nnUNetPlannerResEncM', 'nnUNetResEncUNetMPlans'],
        ['nnUNetPlannerResEncL', 'nnUNetResEncUNetLPlans'],
        ['nnUNetPlannerResEncXL', 'nnUNetResEncUNetXLPlans'],
      ] as const) {
        const text = readFileSync(new URL(`plans/${name}/${file}.json`, golden), 'utf8');
        expect(formatJsonV2(planExperimentV2(fingerprint, described, { planner }))).toBe(text);
      }
    },
  );
});

describe('the other planners of v2', () => {
  const fingerprint: FingerprintV2 = {
    foreground_intensity_properties_per_channel: {},
    median_relative_size_after_cropping: 1,
    shapes_after_crop: [[36, 50, 35]],
    spacings: [[1, 1, 1]],
  };
  const dataset: DatasetForPlanningV2 = {
    name: 'Dataset004_Hippocampus',
    channelNames: ['MRI'],
    labelEntries: 3,
    numTraining: 260,
    imageReader: 'SimpleITKIO',
  };
  const plan = (planner: string) => planExperimentV2(fingerprint, dataset, { planner });

  it('have names that v2 knows', () => {
    expect(shippedPlannersV2.names().sort()).toEqual([
      'ExperimentPlanner',
      'ResEncUNetPlanner',
      'nnUNetPlannerResEncL',
      'nnUNetPlannerResEncL_noResampling',
      'nnUNetPlannerResEncL_torchres',
      'nnUNetPlannerResEncL_torchres_sepz',
      'nnUNetPlannerResEncM',
      'nnUNetPlannerResEncXL',
      'nnUNetPlanner_torchres',
    ]);
    for (const name of shippedPlannersV2.names()) expect(plan(name).experiment_planner_used).toBe(name);
  });

  // Figures of nnU-Net 2.8.1 for 260 cases of the hippocampus.
  it.each([
    ['ExperimentPlanner', 9, 366],
    ['ResEncUNetPlanner', 9, 366],
    ['nnUNetPlannerResEncM', 58, 1618],
    ['nnUNetPlannerResEncL', 178, 4554],
    ['nnUNetPlannerResEncXL', 183, 6711],
  ])('%s: batches of %i patches and %i slices', (name, volumes, slices) => {
    const { configurations } = plan(name);
    expect([configurations['3d_fullres']!.batch_size, configurations['2d'].batch_size]).toEqual([volumes, slices]);
  });

  // Plans of nnU-Net 2.8.1 for three equal cases of CREMI and ten of fluorescent cells. Of the latter, the default
  // planner's 3d_lowres would keep more than half of the voxels.
  const em = { shape: [125, 1250, 1250], spacing: [40, 4, 4], cases: 3, labels: 2 };
  const cells = { shape: [35, 512, 708], spacing: [1, 0.125, 0.125], cases: 10, labels: 3 };
  it.each([
    ['ExperimentPlanner', em, [1280, 1024, 2], [24, 256, 256, 2], [80, 160, 160, 2], [40, 19.736499385067447]],
    ['nnUNetPlannerResEncM', em, [512, 512, 13], [24, 256, 224, 2], [96, 160, 160, 2], [40, 20.32859436661947]],
    ['ExperimentPlanner', cells, [512, 768, 8], [16, 256, 384, 2], undefined, undefined],
    ['nnUNetPlannerResEncM', cells, [448, 576, 13], [16, 256, 320, 2], [20, 224, 320, 2], [1, 0.189073715606889]],
  ])('%s plans large images %j', (planner, { shape, spacing, cases, labels }, flat, fullres, lowres, lowresSpacing) => {
    const { configurations } = planExperimentV2(
      { ...fingerprint, shapes_after_crop: [shape], spacings: [spacing] },
      { ...dataset, labelEntries: labels, numTraining: cases },
      { planner },
    );
    const patchAndBatch = (name: '2d' | '3d_fullres' | '3d_lowres') => {
      const planned = configurations[name];
      return planned && [...planned.patch_size, planned.batch_size];
    };
    expect(patchAndBatch('2d')).toEqual(flat);
    expect(patchAndBatch('3d_fullres')).toEqual(fullres);
    expect(patchAndBatch('3d_lowres')).toEqual(lowres);
    expect(configurations['3d_lowres']?.spacing.slice(0, 2)).toEqual(lowresSpacing);
  });

  // Plans of nnU-Net 2.8.1 for 260 equal cases. v2 cannot train networks of one stage, but the other configuration.
  it.each([
    ['ExperimentPlanner', [7, 7, 7], [[7, 7, 91, 1], [7, 7, 7, 13, 1]]], // biome-ignore format: a row
    ['ExperimentPlanner', [22, 6, 6], [[6, 6, 286, 1], [22, 6, 6, 13, 2]]], // biome-ignore format: a row
    ['nnUNetPlannerResEncM', [7, 7, 7], [[7, 7, 1820, 1], [7, 7, 7, 260, 1]]], // biome-ignore format: a row
    ['nnUNetPlannerResEncM', [22, 6, 6], [[6, 6, 5720, 1], [22, 6, 6, 260, 2]]], // biome-ignore format: a row
  ])('%s plans tiny images %j', (planner, shape, expected) => {
    const { configurations } = planExperimentV2({ ...fingerprint, shapes_after_crop: [shape] }, dataset, { planner });
    const planned = (['2d', '3d_fullres'] as const).map((name) => {
      const { patch_size: patch, batch_size: batch, architecture } = configurations[name]!;
      return [...patch, batch, architecture.arch_kwargs.strides.length];
    });
    expect(planned).toEqual(expected);
  });

  it('keep their prepared cases apart where they resample in their own way', () => {
    const of = (name: string) => {
      const { plans_name, configurations } = plan(name);
      const { data_identifier, resampling_fn_seg, resampling_fn_seg_kwargs } = configurations['3d_fullres']!;
      return [plans_name, data_identifier, resampling_fn_seg, resampling_fn_seg_kwargs];
    };
    expect(of('nnUNetPlannerResEncL').slice(0, 2)).toEqual(['nnUNetResEncUNetLPlans', 'nnUNetPlans_3d_fullres']);
    const torch = { is_seg: true, force_separate_z: false, memefficient_seg_resampling: false };
    expect(of('nnUNetPlanner_torchres')).toEqual([
      'nnUNetPlans_torchres',
      'nnUNetPlans_torchres_3d_fullres',
      'resample_torch_fornnunet',
      torch,
    ]);
    const own = 'nnUNetResEncUNetLPlans_torchres_sepz';
    expect(of('nnUNetPlannerResEncL_torchres_sepz')).toEqual([
      own,
      `${own}_3d_fullres`,
      'resample_torch_fornnunet',
      { ...torch, force_separate_z: null, separate_z_anisotropy_threshold: 3 },
    ]);
    const none = 'nnUNetResEncUNetLPlans_noResampling';
    expect(of('nnUNetPlannerResEncL_noResampling')).toEqual([none, `${none}_3d_fullres`, 'no_resampling_hack', {}]);
  });

  it('keep the axes if told so, and refuse what cannot be planned', () => {
    const thick = { ...fingerprint, spacings: [[1, 1, 4]], shapes_after_crop: [[60, 60, 12]] };
    const planThick = (suppressTranspose: boolean) => planExperimentV2(thick, dataset, { suppressTranspose });
    expect(planThick(false).transpose_forward).toEqual([2, 0, 1]);
    expect(planThick(true).transpose_forward).toEqual([0, 1, 2]);
    const none = { ...fingerprint, spacings: [], shapes_after_crop: [] };
    expect(() => planExperimentV2(none, dataset)).toThrow('has no cases');
    const flat = { ...fingerprint, shapes_after_crop: [[1, 40, 50]] };
    // Turned, so that the thickest slices come first.
    const vanished = '8 x 0 x 20 voxels at the target spacing of 6 x 2.5 x 2 mm';
    expect(() => planExperimentV2(flat, dataset, { targetSpacing: [2.5, 2, 6] })).toThrow(vanished);
    for (const options of [{ gpuMemoryTarget: 0 }, { targetSpacing: [1, 1] }, { targetSpacing: [1, 0, 1] }]) {
      expect(() => planExperimentV2(fingerprint, dataset, options)).toThrow(Object.keys(options)[0]);
    }
  });
});
