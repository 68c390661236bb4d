export { ExperimentPlanner3DFabiansResUNet_v21, type ResidualStagePlans } from './planner-residual.ts';
export {
  ExperimentPlanner2D_v21_RGB_scaleTo_0_1,
  ExperimentPlanner3D_v21_3cps,
  ExperimentPlanner3D_v21_11GB,
  ExperimentPlanner3D_v21_16GB,
  ExperimentPlanner3D_v21_32GB,
  ExperimentPlanner3D_v21_customTargetSpacing_2x2x2,
  ExperimentPlanner3D_v21_noResampling,
  ExperimentPlanner3D_v21_noResampling_16GB,
  ExperimentPlanner3D_v22,
  ExperimentPlanner3D_v23,
} from './planner-variants.ts';
export {
  ExperimentPlanner,
  ExperimentPlanner2D,
  ExperimentPlanner3D_IsoPatchesInVoxels,
  ExperimentPlannerAllConv3x3,
  ExperimentPlannerCT2,
  ExperimentPlannerIso,
  ExperimentPlannernonCT,
  ExperimentPlannerPoolBasedOnSpacing,
  ExperimentPlannerTargetSpacingForAnisoAxis,
} from './planners-before-v21.ts';
