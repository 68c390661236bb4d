import type { NormalizationScheme } from '@nnunet/schema';
import { indexOfLargest } from './percentile.ts';
import { ExperimentPlanner2D_v21, MEMORY_REFERENCE_2D, REFERENCE_BATCH_2D } from './planner-2d.ts';
import { ExperimentPlanner3D_v21 } from './planner-3d.ts';
import type { StageInput } from './planner-base.ts';
import type { AnisotropyRule } from './target-spacing.ts';
import { poolBySpacing, type Topology, type TopologyRule } from './topology.ts';
import { poolLate } from './topology-pool-late.ts';

/** v1's first 3D planner: 30 base features, late pooling, plain median spacing. */
export class ExperimentPlanner extends ExperimentPlanner3D_v21 {
  override plansIdentifier = 'nnUNetPlansfixed';
  override baseFeatures = 30;
  override topologyRule: TopologyRule = poolLate;
  override anisotropyRule: AnisotropyRule | null = null;
}

/** v1's first 2D planner: 30 base features; throws an error instead of reducing the patch. */
export class ExperimentPlanner2D extends ExperimentPlanner2D_v21 {
  override plansIdentifier = 'nnUNetPlans';
  override baseFeatures = 30;

  protected override fitPatch(input: StageInput, shape: readonly number[]): { topology: Topology; estimate: number } {
    const topology = this.topology(input.currentSpacing.slice(1), shape.slice(1));
    return { topology, estimate: this.memory(topology, input) };
  }

  protected override batchByMemory(estimate: number): number {
    const scale = this.memoryLimit() / this.memoryReference();
    return Math.floor(((MEMORY_REFERENCE_2D * scale) / estimate) * REFERENCE_BATCH_2D);
  }
}

/**
 * First version of the anisotropy rule: an axis need only be thinner than one other axis, and there is no lower bound.
 */
export class ExperimentPlannerTargetSpacingForAnisoAxis extends ExperimentPlanner {
  override plansIdentifier = 'nnUNetPlanstargetSpacingForAnisoAxis';
  override dataIdentifier = 'nnUNetData_targetSpacingForAnisoAxis';
  override anisotropyRule: AnisotropyRule = {
    threshold: 3,
    percentile: 10,
    thinnerThan: 'one',
    bound: (replacement) => replacement,
  };
}

/** Pooling as in v2.1, with 30 base features. */
export class ExperimentPlannerPoolBasedOnSpacing extends ExperimentPlanner {
  override plansIdentifier = 'nnUNetPlanspoolBasedOnSpacing';
  override dataIdentifier = 'nnUNetData_poolBasedOnSpacing';
  override topologyRule: TopologyRule = poolBySpacing;
}

/** All kernels are 3; shares the data of {@link ExperimentPlanner}. */
export class ExperimentPlannerAllConv3x3 extends ExperimentPlanner {
  override plansIdentifier = 'nnUNetPlansallConv3x3';
  override runsPreprocessing = false;
  override topologyRule: TopologyRule = (spacing, patch, limits) => {
    const topology = poolLate(spacing, patch, limits);
    return { ...topology, convKernels: topology.convKernels.map((kernel) => kernel.map(() => 3)) };
  };
}

/** Patches of equal length in mm along all axes, as far as memory allows. */
export class ExperimentPlannerIso extends ExperimentPlanner {
  override plansIdentifier = 'nnUNetPlansfixedisoPatchesInmm';
  override dataIdentifier = 'nnUNet_isoPatchesInmm';
  override cutsFirst = 'the axis along which the patch is longest in mm';
  protected override weighAxes(
    patch: readonly number[],
    _medianShape: readonly number[],
    spacing: readonly number[],
  ): number[] {
    return patch.map((edge, axis) => edge * spacing[axis]!);
  }
}

/** Patches with the same number of voxels along all axes, as far as the cases allow. */
export class ExperimentPlanner3D_IsoPatchesInVoxels extends ExperimentPlanner {
  override plansIdentifier = 'nnUNetPlansfixedisoPatchesInVoxels';
  override dataIdentifier = 'nnUNetData_isoPatchesInVoxels';
  override cutsFirst = 'the axis along which the patch has the most voxels';
  protected override firstPatch(_spacing: readonly number[], shape: readonly number[]): number[] {
    return [...shape];
  }
  protected override weighAxes(
    patch: readonly number[],
    _medianShape: readonly number[],
    spacing: readonly number[],
  ): number[] {
    return patch.every((edge) => edge === patch[indexOfLargest(patch)]) ? [...spacing] : [...patch];
  }
}

/** Clips CT intensities with statistics of the whole dataset, but standardises each case by its own. */
export class ExperimentPlannerCT2 extends ExperimentPlanner {
  override plansIdentifier = 'nnUNetPlansCT2';
  override dataIdentifier = 'nnUNet_CT2';
  override normalizationSchemes(): Record<string, NormalizationScheme> {
    const { modalities } = this.fingerprint;
    return Object.fromEntries(
      Object.entries(modalities).map(([channel, name]) => [channel, name === 'CT' ? 'CT2' : 'nonCT']),
    );
  }
}

/** Treats CT like MRI: z-scores per case. */
export class ExperimentPlannernonCT extends ExperimentPlanner {
  override plansIdentifier = 'nnUNetPlansnonCT';
  override dataIdentifier = 'nnUNet_nonCT';
  override normalizationSchemes(): Record<string, NormalizationScheme> {
    return Object.fromEntries(Object.keys(this.fingerprint.modalities).map((channel) => [channel, 'nonCT']));
  }
}
