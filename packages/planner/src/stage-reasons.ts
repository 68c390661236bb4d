import type { StagePlans } from '@nnunet/schema';
import { product } from './percentile.ts';
import { ExperimentPlanner3D_v21 } from './planner-3d.ts';
import type { PlannerBase, StageDecision } from './planner-base.ts';

/**
 * Explains a stage's patch, poolings and batch, as indented lines of text.
 * @param planned the stages that the planner planned; a stage not among them was changed by hand or planned differently
 */
export function explainStage(stage: StagePlans, planner: PlannerBase, planned: readonly StagePlans[]): string[] {
  const own = planned.find((other) => other.current_spacing.join() === stage.current_spacing.join());
  const decision = own && planner.decisionOf(own);
  if (decision === undefined) {
    return [`  ${planner.constructor.name} does not plan this stage itself, so the reasons are unknown.`];
  }
  const samePatch = own!.patch_size.join() === stage.patch_size.join();
  const lines = [
    samePatch
      ? `  Why this patch: ${patchReason(stage, planner, decision)}`
      : `  The patch was changed by hand: ${planner.constructor.name} plans ${own!.patch_size.join(' x ')}.`,
    `  Why these poolings: ${poolingReasons(stage, planner).join('; ')}.`,
  ];
  if (samePatch && own!.batch_size === stage.batch_size) {
    lines.push(`  Why batch ${stage.batch_size}: ${batchReason(stage, planner, decision)}`);
  } else if (samePatch) {
    lines.push(`  The batch was changed by hand: ${planner.constructor.name} plans ${own!.batch_size}.`);
  }
  return lines;
}

function patchReason({ patch_size: patch }: StagePlans, planner: PlannerBase, decision: StageDecision): string {
  const { firstPatch, firstEstimate, memoryLimit } = decision;
  const whole = firstPatch.join(' x ');
  if (patch.join() === firstPatch.join()) {
    return (
      `the whole median ${patch.length === 2 ? 'slice' : 'case'} fits the memory target, so it was not reduced ` +
      '(edges are rounded up to be divisible by the poolings).'
    );
  }
  return (
    `the memory target. A patch of ${whole} would take ${ratio(firstEstimate / memoryLimit)} times the memory ` +
    `allowed, so it was reduced step by step, each time along ${planner.cutsFirst}.`
  );
}

function batchReason(stage: StagePlans, planner: PlannerBase, decision: StageDecision): string {
  const { batchByMemory, batchByDataset } = decision;
  const percent = `${Number((planner.maxShareOfDatasetPerBatch * 100).toFixed(2))} %`;
  if (batchByDataset < batchByMemory) {
    return stage.batch_size <= batchByDataset
      ? `a batch contains at most ${percent} of the voxels of all cases. Memory would allow ${batchByMemory}.`
      : `the smallest allowed. The dataset is so small that ${percent} of its voxels would be fewer patches; ` +
          `memory would allow ${batchByMemory}.`;
  }
  return batchByMemory <= planner.referenceBatchSize
    ? 'the memory target; the patch was fitted to it at this smallest batch.'
    : `as many patches as the memory target allows. The limit of ${percent} of the dataset would allow ${batchByDataset}.`;
}

/** Explains, per axis, why it is not pooled further. */
function poolingReasons(stage: StagePlans, planner: PlannerBase): string[] {
  const { patch_size: patch, num_pool_per_axis: pools } = stage;
  const spacing = stage.current_spacing.slice(-patch.length);
  const reached = spacing.map((mm, axis) => mm * 2 ** pools[axis]!);
  const finest = Math.min(...reached);
  return patch.map((edge, axis) => {
    const last = Math.ceil(edge / 2 ** pools[axis]!);
    const times = `axis ${axis} ${pools[axis]} ${pools[axis] === 1 ? 'time' : 'times'}`;
    if (last < 2 * planner.minFeatureMapEdge) {
      return `${times}, down to ${last} voxels (not below ${planner.minFeatureMapEdge})`;
    }
    return pools[axis]! >= planner.maxPoolings
      ? `${times}, the maximum`
      : `${times}, down to ${last} voxels: it is still ${ratio(reached[axis]! / finest)} times coarser than the finest axis, which cannot be pooled further`;
  });
}

/** Explains why a low resolution stage is or is not planned. Stages coarsest first. */
export function explainLowres(stages: readonly StagePlans[], planner: PlannerBase | null): string {
  const fullres = stages[stages.length - 1]!;
  const times = ratio(product(fullres.median_patient_size_in_voxels) / product(fullres.patch_size));
  const found = `the median case has ${times} times as many voxels as a full resolution patch`;
  const planned = stages.length > 1;
  if (!(planner instanceof ExperimentPlanner3D_v21)) {
    return planned ? `The cascade is planned: ${found}.` : `No cascade: ${found}.`;
  }
  const { lowresChoice: choice, lowresFactor: factor } = planner;
  if (planned !== (choice?.stage != null)) {
    return `${planned ? 'The cascade is planned' : 'No cascade'}: ${found}. ${planner.constructor.name} would decide differently with its own settings.`;
  }
  if (choice === null) return `No cascade: ${planner.constructor.name} never plans one.`;
  switch (choice.because) {
    case 'needed':
      return (
        `The cascade is planned: ${found} (the threshold is ${factor}). The low resolution is the finest at which ` +
        `a patch covers at least 1/${factor} of the median case.`
      );
    case 'shown-enough':
      return `No cascade: ${found}, less than the threshold of ${factor}.`;
    case 'hardly-smaller':
      return `No cascade: ${found}, but the low resolution at which a patch covers enough would keep more than half of the voxels.`;
  }
}

function ratio(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toFixed(1);
}
