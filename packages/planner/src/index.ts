export { type AdoptedPlans, adoptPlans } from './adopt-plans.ts';
export { explainPlans } from './explain-plans.ts';
export {
  HOW_MUCH_OF_A_PATIENT_MUST_THE_NETWORK_SEE_AT_STAGE0,
  type LowresChoice,
  type LowresInput,
  planLowres,
} from './lowres.ts';
export { estimateMemory, type NetworkSize } from './memory-estimate.ts';
export { chooseMaskForNormalization, chooseNormalization, NONZERO_MASK_BELOW } from './normalization.ts';
export { createPlanner, type PlanExperimentOptions, planExperiment } from './plan-experiment.ts';
export { ExperimentPlanner2D_v21 } from './planner-2d.ts';
export { ExperimentPlanner3D_v21, MEMORY_REFERENCE_3D } from './planner-3d.ts';
export {
  DEFAULT_GPU_MEMORY_TARGET,
  PlannerBase,
  type PlannerOptions,
  type PlanningContext,
  type StageDecision,
  type StageInput,
} from './planner-base.ts';
export { type PlannerClass, plannerByName, plannerNames, plannerOfIdentifier } from './planner-registry.ts';
export {
  ExperimentPlanner3DFabiansResUNet_v21,
  MEMORY_REFERENCE_RESIDUAL_3D,
  type ResidualStagePlans,
} from './planner-residual.ts';
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
export { type AnisotropyRule, anisotropicTargetSpacing, percentileSpacing } from './target-spacing.ts';
export { poolBySpacing, type Topology, type TopologyLimits, type TopologyRule } from './topology.ts';
export { poolLate } from './topology-pool-late.ts';
