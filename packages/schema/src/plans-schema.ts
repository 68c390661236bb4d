import * as v from 'valibot';
import { fingerprintSchema, learntLabels } from './fingerprint-schema.ts';
import { parseJsonWithNaN } from './json-with-nan.ts';
import type { Plans, StagePlans } from './plans.ts';
import {
  checkSchema,
  count,
  finite,
  flag,
  indexed,
  integer,
  listOf,
  positive,
  positiveInteger,
  text,
} from './schema-check.ts';

/**
 * Limits numbers that determine the length of lists and loops, so that a damaged file is reported instead of exhausting
 * memory.
 */
const poolings = v.pipe(count, v.maxValue(20, 'no more than 20 poolings expected'));
const batchSize = v.pipe(positiveInteger, v.maxValue(65_536, 'a batch of no more than 65536 patches expected'));
const kernelSize = v.pipe(positiveInteger, v.maxValue(1000, 'no kernels beyond 1000 voxels expected'));
/** Maximum number of voxels in a patch: ten times what any GPU can hold. */
export const MAX_PATCH_VOXELS = 2 ** 28;

const fewConvolutions = v.pipe(positiveInteger, v.maxValue(100, 'no more than 100 convolutions expected'));

const axes = (item: v.GenericSchema<unknown, number>, what: string) =>
  v.pipe(
    v.array(item, `a list of 2 or 3 ${what} expected`),
    v.check((list) => list.length === 2 || list.length === 3, `2 or 3 ${what} expected`),
  );
const kernels = v.optional(v.array(axes(kernelSize, 'kernel sizes'), 'a list of kernel sizes expected'));
const axisOrder = v.pipe(
  v.array(integer, 'a list of 3 axes expected'),
  v.check((order) => [...order].sort().join() === '0,1,2', 'the axes 0, 1, 2 in some order expected'),
);
const always = v.optional(v.null('null expected (unused)'), null);

const stage = v.pipe(
  v.looseObject({
    batch_size: batchSize,
    num_pool_per_axis: axes(poolings, 'numbers of poolings'),
    patch_size: v.pipe(
      axes(positiveInteger, 'patch sizes'),
      v.check(
        (patch) => patch.reduce((a, b) => a * b, 1) <= MAX_PATCH_VOXELS,
        'a patch of no more than 2^28 voxels expected',
      ),
    ),
    median_patient_size_in_voxels: listOf(finite, 3, 'sizes in voxels'),
    current_spacing: listOf(positive, 3, 'spacings in mm'),
    original_spacing: listOf(positive, 3, 'spacings in mm'),
    do_dummy_2D_data_aug: flag,
    pool_op_kernel_sizes: kernels,
    conv_kernel_sizes: kernels,
  }),
  v.check(
    (s) => s.patch_size.length === s.num_pool_per_axis.length,
    'as many entries in patch_size as in num_pool_per_axis expected',
  ),
  v.transform(
    (s) =>
      ({
        ...s,
        pool_op_kernel_sizes: s.pool_op_kernel_sizes ?? poolingFromCounts(s.num_pool_per_axis),
        conv_kernel_sizes: s.conv_kernel_sizes ?? convolutionsFromCounts(s.num_pool_per_axis),
      }) as StagePlans,
  ),
);

const schema = v.pipe(
  v.looseObject({
    num_stages: positiveInteger,
    num_modalities: positiveInteger,
    modalities: indexed(v.string('the name of a modality expected'), 'modality name'),
    normalization_schemes: indexed(v.string('the name of a scheme expected'), 'normalisation scheme'),
    dataset_properties: fingerprintSchema,
    list_of_npz_files: v.array(text, 'a list of files expected'),
    original_spacings: v.array(listOf(positive, 3, 'spacings in mm'), 'a list of spacings expected'),
    original_sizes: v.array(listOf(count, 3, 'sizes in voxels'), 'a list of sizes expected'),
    preprocessed_data_folder: text,
    num_classes: v.pipe(positiveInteger, v.maxValue(255, 'no more than 255 classes expected')),
    ...learntLabels,
    base_num_features: positiveInteger,
    use_mask_for_norm: indexed(flag, 'true or false'),
    keep_only_largest_region: always,
    min_region_size_per_class: always,
    min_size_per_class: always,
    transpose_forward: v.optional(axisOrder, [0, 1, 2]),
    transpose_backward: v.optional(axisOrder, [0, 1, 2]),
    data_identifier: text,
    plans_per_stage: indexed(stage, 'the plans of a stage'),
    preprocessor_name: v.optional(text),
    conv_per_stage: v.optional(fewConvolutions),
    architecture: v.optional(v.string('the name of an architecture expected')),
    segmentation_export_params: v.optional(
      v.looseObject({
        force_separate_z: v.nullable(flag),
        interpolation_order: count,
        interpolation_order_z: count,
      }),
    ),
  }),
  v.check(
    (plans) => Object.keys(plans.plans_per_stage).length === plans.num_stages,
    'as many entries in plans_per_stage as num_stages says expected',
  ),
  v.check(
    (plans) =>
      Object.entries(plans.normalization_schemes).every(([channel, scheme]) => {
        const statistics = plans.dataset_properties.intensityproperties?.[channel];
        if (!statistics || !['CT', 'CT2'].includes(scheme)) return true;
        const { mean, sd, percentile_00_5, percentile_99_5 } = statistics;
        return [mean, sd, percentile_00_5, percentile_99_5].every(Number.isFinite);
      }),
    'finite intensityproperties (mean, sd, percentiles) of every modality with the scheme CT expected',
  ),
  v.check(
    (plans) => Object.keys(plans.normalization_schemes).length === plans.num_modalities,
    'as many normalization_schemes as num_modalities says expected',
  ),
  v.check(
    (plans) => plans.transpose_forward.every((axis, i) => plans.transpose_backward[axis] === i),
    'transpose_backward to undo transpose_forward expected',
  ),
);

/**
 * Parses a plans file. Missing entries of old plans are filled in as v1's trainers do (process_plans): the identity
 * transpose, convolution kernels of 3, poolings from their numbers per axis.
 * @throws NnUNetError 'bad-json', 'bad-plans'
 */
export function parsePlans(json: string, file = 'plans.json'): Plans {
  return checkPlans(parseJsonWithNaN(json, file), file);
}

/** Like {@link parsePlans}, for an already parsed value. */
export function checkPlans(value: unknown, file = 'plans.json'): Plans {
  const remedy = 'Make it again with nnUNet_plan_and_preprocess, or correct the keys named above.';
  return checkSchema(schema, value, { file, tag: 'bad-plans', remedy }) as unknown as Plans;
}

/** Step i pools axis j if max(n) − n_j ≤ i, so that an axis with fewer poolings starts later. */
function poolingFromCounts(counts: number[]): number[][] {
  const most = Math.max(...counts);
  return Array.from({ length: most }, (_, step) => counts.map((n) => (most - n <= step ? 2 : 1)));
}

function convolutionsFromCounts(counts: number[]): number[][] {
  return Array.from({ length: Math.max(...counts) + 1 }, () => counts.map(() => 3));
}
