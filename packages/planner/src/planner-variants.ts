import type { StagePlans } from '@nnunet/schema';
import { ExperimentPlanner2D_v21 } from './planner-2d.ts';
import { ExperimentPlanner3D_v21, MEMORY_REFERENCE_3D } from './planner-3d.ts';

/** Keeps the target spacing of a coarse axis at least three times that of the others. */
export class ExperimentPlanner3D_v22 extends ExperimentPlanner3D_v21 {
  override plansIdentifier = 'nnUNetPlansv2.2';
  override dataIdentifier = 'nnUNetData_plans_v2.2';
  override anisotropyRule = {
    threshold: 3,
    percentile: 10,
    thinnerThan: 'all' as const,
    bound: (replacement: number, coarsestOther: number): number => Math.max(3 * coarsestOther, replacement),
  };
}

/** Resamples the data differently. */
export class ExperimentPlanner3D_v23 extends ExperimentPlanner3D_v21 {
  override plansIdentifier = 'nnUNetPlansv2.3';
  override dataIdentifier = 'nnUNetData_plans_v2.3';
  override preprocessorName = 'Preprocessor3DDifferentResampling';
}

/** For GPUs of 11 GB. */
export class ExperimentPlanner3D_v21_11GB extends ExperimentPlanner3D_v21 {
  override plansIdentifier = 'nnUNetPlansv2.1_big';
  override dataIdentifier = 'nnUNetData_plans_v2.1_big';
  override memoryReference(): number {
    return (MEMORY_REFERENCE_3D * 11) / 8;
  }
}

/** For GPUs of 16 GB. */
export class ExperimentPlanner3D_v21_16GB extends ExperimentPlanner3D_v21 {
  override plansIdentifier = 'nnUNetPlansv2.1_16GB';
  override dataIdentifier = 'nnUNetData_plans_v2.1_16GB';
  override memoryReference(): number {
    return (MEMORY_REFERENCE_3D * 16) / 8.5;
  }
}

/** For GPUs of 32 GB. */
export class ExperimentPlanner3D_v21_32GB extends ExperimentPlanner3D_v21 {
  override plansIdentifier = 'nnUNetPlansv2.1_verybig';
  override dataIdentifier = 'nnUNetData_plans_v2.1_verybig';
  override memoryReference(): number {
    return (MEMORY_REFERENCE_3D * 32) / 8;
  }
}

/** Three convolutions per resolution, on the data of v2.1; only useful for full resolution. */
export class ExperimentPlanner3D_v21_3cps extends ExperimentPlanner3D_v21 {
  override plansIdentifier = 'nnUNetPlansv2.1_3cps';
  override convPerStage = 3;
  override runsPreprocessing = false;
}

/** Target spacing 2 mm on all axes. Keeps 30 base features, as in v1. */
export class ExperimentPlanner3D_v21_customTargetSpacing_2x2x2 extends ExperimentPlanner3D_v21 {
  override plansIdentifier = 'nnUNetPlansv2.1_trgSp_2x2x2';
  override dataIdentifier = 'nnUNetData_plans_v2.1_trgSp_2x2x2';
  override baseFeatures = 30;
  override targetSpacing(): number[] {
    return [2, 2, 2];
  }
}

type Planner3D = new (...args: ConstructorParameters<typeof ExperimentPlanner3D_v21>) => ExperimentPlanner3D_v21;

/** Keeps the spacing of each case; no low resolution. */
function withoutResampling(planner: Planner3D): Planner3D {
  return class extends planner {
    override preprocessorName = 'PreprocessorFor3D_NoResampling';
    protected override planLowres(): StagePlans | null {
      return null;
    }
  };
}

/** Keeps the spacing of each case; no low resolution. */
export class ExperimentPlanner3D_v21_noResampling extends withoutResampling(ExperimentPlanner3D_v21) {
  override plansIdentifier = 'nnUNetPlansv2.1_noRes';
  override dataIdentifier = 'nnUNetData_noRes_plans_v2.1';
}

/** Keeps the spacing of each case, for GPUs of 16 GB. */
export class ExperimentPlanner3D_v21_noResampling_16GB extends withoutResampling(ExperimentPlanner3D_v21_16GB) {
  override plansIdentifier = 'nnUNetPlansv2.1_noRes_16GB';
  override dataIdentifier = 'nnUNetData_noRes_plans_16GB_v2.1';
}

/** For photographs: divides intensities by 255. */
export class ExperimentPlanner2D_v21_RGB_scaleTo_0_1 extends ExperimentPlanner2D_v21 {
  override plansIdentifier = 'nnUNet_RGB_scaleTo_0_1';
  override dataIdentifier = 'nnUNet_RGB_scaleTo_0_1';
  override preprocessorName = 'GenericPreprocessor_scale_uint8_to_0_1';
}
