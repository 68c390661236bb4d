import type { FingerprintV2 } from '@nnunet/schema';
import { median } from '@nnunet/tensor/internal';
import { NONZERO_MASK_BELOW } from '../normalization.ts';
import { perAxis, product } from '../percentile.ts';
import { reorder } from '../transpose.ts';
import { configurationReasonsV2 } from './configuration-reasons-v2.ts';
import { type ExperimentPlannerV2, LOWRES_THRESHOLD, type PlannerOptionsV2 } from './planner-v2.ts';
import type { ConfigurationPlansV2, ExperimentPlansV2 } from './plans-v2.ts';

/** What {@link explainPlansV2} reads. */
export interface PlansToExplainV2 {
  plans: ExperimentPlansV2;
  /** Configurations with the keys that they inherit, in the order of the plans. */
  configurations: readonly (readonly [name: string, ConfigurationPlansV2 & { previous_stage?: string }])[];
  channelNames: readonly string[];
  /** Names of the regions; of the labels without the background where there are none. */
  classes: { regions: boolean; names: readonly string[] };
  /** null: only what the plans say of the data. */
  fingerprint: FingerprintV2 | null;
  /** Makes the planner of the plans for the dataset, which gives the reasons; null: no reasons. */
  planner: ((options: Pick<PlannerOptionsV2, 'targetSpacing'>) => ExperimentPlannerV2) | null;
}

/** Describes what v2's planner planned and why, for a person to read before training. Lines end with `\n`. */
export function explainPlansV2(explained: PlansToExplainV2): string {
  const paragraphs = [
    describeData(explained),
    describeSpacing(explained),
    ...explained.channelNames.map((_, channel) => describeNormalization(explained, channel)),
    ...explained.configurations.map(([name, configuration]) => describeConfiguration(name, configuration, explained)),
    describeCascade(explained),
  ];
  return `${paragraphs.join('\n')}\n`;
}

function describeData({ plans, channelNames, classes, fingerprint }: PlansToExplainV2): string {
  const cases = fingerprint === null ? '' : `${count(fingerprint.spacings.length, 'case')}, `;
  const shape = reorder(plans.original_median_shape_after_transp, plans.transpose_backward);
  return (
    `${cases}${count(channelNames.length, 'channel')} (${channelNames.join(', ')}), ` +
    `${count(classes.names.length, classes.regions ? 'region' : 'label')} besides background (${classes.names.join(', ')}); ` +
    `median size after cropping ${shape.join(' x ')} voxels.`
  );
}

function describeSpacing(explained: PlansToExplainV2): string {
  const { plans, configurations } = explained;
  const moved = plans.transpose_forward.some((axis, i) => axis !== i);
  const order = moved
    ? `\nAxes are reordered to [${plans.transpose_forward.join(', ')}] so that the coarsest comes first. Everything below uses this order.`
    : '';
  const target = targetSpacing(explained);
  // The first axis of 2D plans has no spacing of its own.
  if (target === null)
    return `Target spacing ${(configurations[0]?.[1].spacing ?? []).map(short).join(' x ')} mm.${order}`;
  return `Target spacing ${target.map(short).join(' x ')} mm (z, y, x)${spacingReason(target, explained)}.${order}`;
}

/** mm, (z, y, x): that of 3d_fullres; null without 3D configurations. */
function targetSpacing({ plans, configurations }: PlansToExplainV2): number[] | null {
  const fullres = configurations.find(([name]) => name === '3d_fullres')?.[1];
  return fullres === undefined ? null : reorder(fullres.spacing, plans.transpose_backward);
}

function spacingReason(target: readonly number[], { fingerprint, planner }: PlansToExplainV2): string {
  if (fingerprint === null) return '';
  const middle = perAxis(fingerprint.spacings, median);
  const differing = (other: readonly number[]) => [0, 1, 2].filter((axis) => !near(target[axis]!, other[axis]!));
  const [finer] = differing(middle);
  if (finer === undefined) return ': the median of the cases';
  if (planner === null) return '';
  if (differing(planner({}).targetSpacing()).length > 0) return ': not what the planner chooses, but asked for';
  return (
    `: the median of the cases, except along axis ${finer}: its median of ${short(middle[finer]!)} mm is much coarser than the ` +
    'other axes, so a finer spacing was taken to keep the detail of the finer cases'
  );
}

const SCHEMES: Readonly<Record<string, string>> = {
  CTNormalization: 'intensities are clipped and standardised with the statistics of the foreground of all cases',
  ZScoreNormalization: 'each case is standardised to mean 0 and standard deviation 1',
  NoNormalization: 'intensities are left as they are',
  RescaleTo01Normalization: 'each case is scaled to the range from 0 to 1',
  RGBTo01Normalization: 'intensities are divided by 255',
};

function describeNormalization(
  { configurations, channelNames, fingerprint }: PlansToExplainV2,
  channel: number,
): string {
  const { normalization_schemes: schemes = [], use_mask_for_norm: masks = [] } = configurations[0]?.[1] ?? {};
  const scheme = schemes[channel] ?? 'none';
  const name = `Channel ${channel} (${channelNames[channel]})`;
  const how = SCHEMES[scheme] ?? `scheme ${scheme}`;
  if (!masks[channel]) return `${name}: ${how}.`;
  const share = fingerprint?.median_relative_size_after_cropping;
  const because =
    share !== undefined && share < NONZERO_MASK_BELOW
      ? `, because cropping leaves ${percent(share)} of the median case (less than ${percent(NONZERO_MASK_BELOW)})`
      : '';
  return `${name}: ${how}, within the nonzero voxels only${because}.`;
}

function describeConfiguration(
  name: string,
  configuration: PlansToExplainV2['configurations'][number][1],
  explained: PlansToExplainV2,
): string {
  const { patch_size: patch, median_image_size_in_voxels: shape, spacing, batch_size: batch } = configuration;
  const share = product(patch.map((edge, axis) => Math.min(edge / shape[axis]!, 1)));
  const covered = share >= 1 ? 'a whole' : `${Math.max(1, Math.round(share * 100))} % of a`;
  const previous = configuration.previous_stage;
  const lines = [
    `${name}: spacing ${spacing.map(short).join(' x ')} mm, median case ${shape.map(short).join(' x ')} voxels.`,
    `  Patch ${patch.join(' x ')}, batch ${batch}; a patch covers ${covered} median ${patch.length === 2 ? 'slice' : 'case'}.`,
    ...describeNetwork(configuration),
    `  The Dice of the loss is taken ${configuration.batch_dice ? 'over the whole batch' : 'of each patch'}.`,
  ];
  if (previous) return [...lines, `  The labels of ${previous} are further input channels.`].join('\n');
  const { planner } = explained;
  if (planner === null) return lines.join('\n');
  const targeted = planner({ targetSpacing: targetSpacing(explained) ?? undefined });
  return [...lines, ...configurationReasonsV2(configuration, targeted)].join('\n');
}

function describeNetwork({ architecture, patch_size: patch }: ConfigurationPlansV2): string[] {
  // Older plans spell the network out in other keys.
  if (architecture === undefined) return [];
  const { network_class_name: path, arch_kwargs: own } = architecture;
  const { features_per_stage: features, strides, n_blocks_per_stage: blocks } = own;
  const pools = patch.map((_, axis) => strides.reduce((times, stride) => times * stride[axis]!, 1));
  const encoder =
    blocks === undefined ? perStage(own.n_conv_per_stage!, 'convolution') : perStage(blocks, 'residual block');
  return [
    `  Network: ${path.split('.').at(-1)} of ${count(features.length, 'resolution')} down to ` +
      `${patch.map((edge, axis) => short(edge / pools[axis]!)).join(' x ')}, features ${features.join(', ')}, ` +
      `${encoder} per resolution in the encoder, ${perStage(own.n_conv_per_stage_decoder, 'convolution')} in the decoder.`,
  ];
}

function describeCascade({ configurations, planner }: PlansToExplainV2): string {
  const fullres = configurations.find(([name]) => name === '3d_fullres')?.[1];
  if (fullres === undefined) return 'The 2D network processes slices across the first axis.';
  const share = product(fullres.patch_size) / product(fullres.median_image_size_in_voxels);
  const found = `a patch of 3d_fullres has ${percent(share)} of the voxels of the median case`;
  if (configurations.some(([name]) => name === '3d_lowres'))
    return `The cascade is planned: ${found} (the threshold is ${percent(LOWRES_THRESHOLD)}).`;
  if (share >= LOWRES_THRESHOLD) return `No cascade: ${found}, at least the threshold of ${percent(LOWRES_THRESHOLD)}.`;
  return planner === null
    ? `No cascade: ${found}.`
    : `No cascade: ${found}, but the low resolution at which a patch covers enough would keep more than half of the voxels.`;
}

/** '2 convolutions', or the numbers of all stages where they differ. */
function perStage(counts: number | readonly number[], unit: string): string {
  const all = [counts].flat();
  return new Set(all).size === 1 ? count(all[0]!, unit) : `${all.join(', ')} ${unit}s`;
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-6 * b;
}

function count(n: number, one: string): string {
  return `${n} ${n === 1 ? one : `${one}s`}`;
}

/** At most four decimals. */
function short(value: number): string {
  return String(Number(value.toFixed(4)));
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
