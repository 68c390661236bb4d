import { product } from '../percentile.ts';
import { featureMapSizeV2 } from './memory-v2.ts';
import { firstPatch } from './patch-v2.ts';
import type { ExperimentPlannerV2 } from './planner-v2.ts';
import type { ConfigurationPlansV2 } from './plans-v2.ts';

/**
 * Explains patch and batch of a configuration, as indented lines of text. What was planned for other memory, or changed
 * by hand, is reported as such.
 *
 * @param planner made for the target spacing of the plans
 */
export function configurationReasonsV2(configuration: ConfigurationPlansV2, planner: ExperimentPlannerV2): string[] {
  const { patch_size: patch, batch_size: batch, architecture } = configuration;
  // Older plans spell the network out in other keys.
  if (architecture === undefined) return [];
  const memory = featureMapSizeV2(architecture, patch, planner.dataset.labelEntries);
  const { values, share } = planner.memoryBudget(dimensionsOf(patch));
  const estimate = `by v2's estimate, it takes ${million(memory)} values in feature maps`;
  if (memory * share > values) {
    return [`  ${planner.plannerName} would plan a smaller patch: ${estimate}, more than ${million(values / share)}.`];
  }
  return [
    `  Why this patch: ${patchReason(configuration)}; ${estimate} of at most ${million(values / share)}.`,
    batchReason(batch, memory, configuration, planner),
  ];
}

function patchReason({ patch_size: patch, spacing, median_image_size_in_voxels: shape }: ConfigurationPlansV2): string {
  const whole = firstPatch(spacing, shape);
  return patch.every((edge, axis) => edge >= whole[axis]!)
    ? `the whole median ${patch.length === 2 ? 'slice' : 'case'} fits the memory target, so it was not reduced (edges are rounded up to be divisible by the poolings)`
    : `the memory target. A patch of ${whole.join(' x ')} would take more, so it was reduced step by step, each time along the axis that is largest relative to the median case`;
}

function batchReason(
  batch: number,
  memory: number,
  { patch_size: patch, median_image_size_in_voxels: shape }: ConfigurationPlansV2,
  planner: ExperimentPlannerV2,
): string {
  const dimensions = dimensionsOf(patch);
  // In 2D, too, a batch is compared with the volumes.
  const whole = dimensions === '2d' ? planner.medianShape(planner.targetSpacing()) : shape;
  const voxels = product(whole) * planner.dataset.numTraining;
  const { byMemory, byDataset, least } = planner.batchBounds(dimensions, { memory, voxels, patch });
  const planned = Math.max(Math.min(byMemory, byDataset), least);
  if (planned !== batch) return `  ${planner.plannerName} would plan a batch of ${planned}.`;
  const cap = `${Number((planner.maxDatasetCovered * 100).toFixed(2))} % of the voxels of all cases`;
  const why =
    byDataset < byMemory
      ? byDataset < least
        ? `the smallest allowed. The dataset is so small that ${cap} are fewer patches; memory would allow ${byMemory}`
        : `a batch has at most ${cap}. Memory would allow ${byMemory}`
      : byMemory <= least
        ? 'the memory target; the patch was fitted to it at this smallest batch'
        : `as many patches as the memory target allows. The limit of ${cap} would allow ${byDataset}`;
  return `  Why batch ${batch}: ${why}.`;
}

function dimensionsOf(patch: readonly number[]): '2d' | '3d' {
  return patch.length === 2 ? '2d' : '3d';
}

function million(values: number): string {
  return `${(values / 1e6).toFixed(1)} million`;
}
