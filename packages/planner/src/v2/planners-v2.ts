import { ExperimentPlannerV2 } from './planner-v2.ts';
import { BY_TORCH, BY_TORCH_SEPARATE_Z, NO_RESAMPLING } from './resampling-choices-v2.ts';

/**
 * Plans residual encoders with the batch cap of the default planner.
 * Origin: v2's experiment_planners/resencUNet_planner.py.
 */
export class ResEncUNetPlanner extends ExperimentPlannerV2 {
  override plannerName = 'ResEncUNetPlanner';
  override plansName = 'nnUNetResEncUNetPlans';
  override sharedData: string | null = 'nnUNetPlans';
  override residual = true;
  override memoryReference = { values3d: 680_000_000, values2d: 135_000_000, at: 8 };
}

/**
 * Plans residual encoders for 9 to 11 GB of GPU memory.
 * Origin: v2's residual_unets/residual_encoder_unet_planners.py, as those below.
 */
export class nnUNetPlannerResEncM extends ResEncUNetPlanner {
  override plannerName = 'nnUNetPlannerResEncM';
  override plansName = 'nnUNetResEncUNetMPlans';
  override maxDatasetCovered = 1;
}

/** Plans residual encoders for 24 GB of GPU memory. */
export class nnUNetPlannerResEncL extends nnUNetPlannerResEncM {
  override plannerName = 'nnUNetPlannerResEncL';
  override plansName = 'nnUNetResEncUNetLPlans';
  override memoryReference = { values3d: 2_100_000_000, values2d: 380_000_000, at: 24 };
}

/** Plans residual encoders for 40 GB of GPU memory. */
export class nnUNetPlannerResEncXL extends nnUNetPlannerResEncM {
  override plannerName = 'nnUNetPlannerResEncXL';
  override plansName = 'nnUNetResEncUNetXLPlans';
  override memoryReference = { values3d: 3_600_000_000, values2d: 560_000_000, at: 40 };
}

/** The default planner with linear resampling by torch. */
export class nnUNetPlanner_torchres extends ExperimentPlannerV2 {
  override plannerName = 'nnUNetPlanner_torchres';
  override plansName = 'nnUNetPlans_torchres';
  override resampling = BY_TORCH;
}

/** nnUNetPlannerResEncL with linear resampling by torch. */
export class nnUNetPlannerResEncL_torchres extends nnUNetPlannerResEncL {
  override plannerName = 'nnUNetPlannerResEncL_torchres';
  override plansName = 'nnUNetResEncUNetLPlans_torchres';
  override sharedData = null;
  override resampling = BY_TORCH;
}

/** nnUNetPlannerResEncL with linear resampling by torch, coarse axes by the nearest slice. */
export class nnUNetPlannerResEncL_torchres_sepz extends nnUNetPlannerResEncL {
  override plannerName = 'nnUNetPlannerResEncL_torchres_sepz';
  override plansName = 'nnUNetResEncUNetLPlans_torchres_sepz';
  override sharedData = null;
  override resampling = BY_TORCH_SEPARATE_Z;
}

/** nnUNetPlannerResEncL without resampling. It plans 3d_lowres, whose images keep their voxels too. */
export class nnUNetPlannerResEncL_noResampling extends nnUNetPlannerResEncL {
  override plannerName = 'nnUNetPlannerResEncL_noResampling';
  override plansName = 'nnUNetResEncUNetLPlans_noResampling';
  override sharedData = null;
  override resampling = NO_RESAMPLING;
}
