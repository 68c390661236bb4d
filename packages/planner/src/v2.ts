export type { FingerprintV2 } from '@nnunet/schema';
export {
  type PlannerClassV2,
  type PlannerNameV2,
  planExperimentV2,
  shippedPlannersV2,
} from './v2/plan-experiment-v2.ts';
export {
  type DatasetForPlanningV2,
  ExperimentPlannerV2,
  type MemoryReferenceV2,
  type PlannerOptionsV2,
} from './v2/planner-v2.ts';
export * from './v2/planners-v2.ts';
export type { CascadePlansV2, ConfigurationPlansV2, ExperimentPlansV2, NetworkPlansV2 } from './v2/plans-v2.ts';
export {
  BY_SPLINES,
  BY_TORCH,
  BY_TORCH_SEPARATE_Z,
  NO_RESAMPLING,
  type ResamplingChoiceV2,
} from './v2/resampling-choices-v2.ts';
export type { TopologyV2 } from './v2/topology-v2.ts';
