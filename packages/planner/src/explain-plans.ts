import type { Plans, StagePlans } from '@nnunet/schema';
import { median } from '@nnunet/tensor/internal';
import { chooseMaskForNormalization, NONZERO_MASK_BELOW } from './normalization.ts';
import { perAxis, product } from './percentile.ts';
import type { PlannerBase } from './planner-base.ts';
import type { ResidualStagePlans } from './planner-residual.ts';
import { explainLowres, explainStage } from './stage-reasons.ts';

/**
 * Describes what was planned and why, for a person to read before training. Lines end with `\n`.
 *
 * The planner plans once more to give the reasons for patch, batch and stages. Without a planner (omitted or null), the
 * plans are described without reasons. Stages that differ from the planner's result are reported as such.
 */
export function explainPlans(plans: Plans, planner: PlannerBase | null = null): string {
  const planned = planner === null ? [] : Object.values(planner.plan().plans_per_stage);
  const stages = Object.values(plans.plans_per_stage);
  const fullres = stages[stages.length - 1]!;
  const flat = fullres.patch_size.length === 2;
  const paragraphs = [
    describeData(plans),
    describeSpacing(plans, fullres),
    ...Object.keys(plans.modalities).map((channel) => describeNormalization(plans, channel)),
    ...stages.map((stage, i) =>
      [
        describeStage(plans, stage, stageName(i, stages.length, flat)),
        ...(planner === null ? [] : explainStage(stage, planner, planned)),
      ].join('\n'),
    ),
    flat ? 'The 2D network processes slices across the first axis.' : explainLowres(stages, planner),
  ];
  return `${paragraphs.join('\n')}\n`;
}

function describeData(plans: Plans): string {
  const cases = plans.original_sizes.length;
  const { regions, num_classes: labels } = plans;
  const learnt =
    regions === undefined
      ? `${count(labels, 'label')} besides background`
      : `${count(regions.length, 'region')} (${regions.map(({ name }) => name).join(', ')})`;
  const size = perAxis(plans.original_sizes, median).map(short).join(' x ');
  return (
    `${count(cases, 'case')}, ${count(plans.num_modalities, 'modality', 'modalities')} ` +
    `(${Object.values(plans.modalities).join(', ')}), ${learnt}; ` +
    `median size after cropping ${size} voxels.`
  );
}

function describeSpacing(plans: Plans, fullres: StagePlans): string {
  const back = plans.transpose_backward;
  const target = back.map((axis) => fullres.current_spacing[axis]!);
  const middle = perAxis(plans.original_spacings, median);
  const others = [0, 1, 2].filter((axis) => Math.abs(target[axis]! - middle[axis]!) > 1e-6 * middle[axis]!);
  const [finer] = others;
  const origin =
    finer === undefined
      ? 'the median of the cases'
      : others.length === 1 && target[finer]! < middle[finer]!
        ? `the median of the cases, except along axis ${finer}: its median of ${mm(middle[finer]!)} mm is much coarser than the ` +
          'other axes, so a finer spacing was taken to keep the detail of the finer cases'
        : "the planner's choice";
  const moved = plans.transpose_forward.some((axis, i) => axis !== i);
  return (
    `Target spacing ${target.map(mm).join(' x ')} mm (z, y, x): ${origin}.` +
    (moved
      ? `\nAxes are reordered to [${plans.transpose_forward.join(', ')}] so that the coarsest comes first. Everything below uses this order.`
      : '')
  );
}

function describeNormalization(plans: Plans, channel: string): string {
  const name = `Channel ${channel} (${plans.modalities[channel]})`;
  const scheme = plans.normalization_schemes[channel]!;
  const texts: Record<string, string> = {
    CT: 'intensities are clipped and standardised with the statistics of the foreground of all cases',
    CT2: 'intensities are clipped by the statistics of all cases, then standardised within each case',
    noNorm: 'intensities are left as they are',
    nonCT: 'each case is standardised to mean 0 and standard deviation 1',
  };
  const mask = plans.use_mask_for_norm[channel];
  const reductions = Object.values(plans.dataset_properties?.size_reductions ?? {});
  const share = reductions.length > 0 ? `${(median(reductions) * 100).toFixed(0)} %` : 'little';
  const byRule = chooseMaskForNormalization({ [channel]: 'MR' }, reductions.length > 0 ? reductions : [0])[channel];
  const where = !mask
    ? ''
    : byRule
      ? `, within the nonzero voxels only, because cropping leaves ${share} of the median case (less than ${NONZERO_MASK_BELOW * 100} %)`
      : ', within the nonzero voxels only';
  return `${name}: ${texts[scheme] ?? `scheme ${scheme}`}${where}.`;
}

function stageName(index: number, stages: number, flat: boolean): string {
  if (flat) return '2d';
  return index === stages - 1 ? '3d_fullres' : '3d_lowres';
}

function describeStage(plans: Plans, stage: StagePlans, name: string): string {
  const { patch_size: patch, median_patient_size_in_voxels: shape } = stage;
  const slice = shape.slice(-patch.length);
  const share = product(patch.map((edge, axis) => Math.min(edge / slice[axis]!, 1)));
  const steps = stage.pool_op_kernel_sizes.filter((pool) => pool.some((stride) => stride > 1)).length;
  const bottleneck = patch.map((edge, axis) => edge / 2 ** stage.num_pool_per_axis[axis]!);
  const covered = share >= 1 ? 'a whole' : `${Math.max(1, Math.round(share * 100))} % of a`;
  const flatKernels = stage.conv_kernel_sizes.some((kernel) => kernel.includes(1));
  const lines = [
    `${name}: spacing ${stage.current_spacing.map(mm).join(' x ')} mm, median case ${shape.join(' x ')} voxels.`,
    `  Patch ${patch.join(' x ')}, batch ${stage.batch_size}; a patch covers ${covered} median ${patch.length === 2 ? 'slice' : 'case'}.`,
    `  Network: ${count(steps, 'pooling')} (${stage.num_pool_per_axis.join(', ')} along the axes) down to ${bottleneck.join(' x ')}, ` +
      `${plans.base_num_features} features at first, ${describeBlocks(plans, stage)}.`,
  ];
  if (plans.architecture !== undefined) lines.push(`  The plans name the architecture ${plans.architecture}.`);
  if (flatKernels) lines.push('  Kernels are flat along coarse axes until pooling has made the spacings similar.');
  if (stage.do_dummy_2D_data_aug) lines.push('  Augmentation rotates only within slices, because the patch is flat.');
  return lines.join('\n');
}

function describeBlocks(plans: Plans, stage: StagePlans & Partial<ResidualStagePlans>): string {
  const { num_blocks_encoder: encoder, num_blocks_decoder: decoder } = stage;
  if (encoder === undefined || decoder === undefined) return `${plans.conv_per_stage ?? 2} convolutions per resolution`;
  return `${encoder.join(', ')} residual blocks in the encoder, ${decoder.join(', ')} convolutions in the decoder`;
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** Formats a spacing with at most four decimals. */
function mm(value: number): string {
  return String(Number(value.toFixed(4)));
}

function short(value: number): string {
  return String(Number(value.toFixed(1)));
}
