export type { Fingerprint, Plans } from '@nnunet/schema';
export { explainPlans } from './explain-plans.ts';
export type { LowresChoice } from './lowres.ts';
export { estimateMemory, type NetworkSize } from './memory-estimate.ts';
export { createPlanner, type PlanExperimentOptions, planExperiment } from './plan-experiment.ts';
export { ExperimentPlanner2D_v21 } from './planner-2d.ts';
export { ExperimentPlanner3D_v21 } from './planner-3d.ts';
export {
  DEFAULT_GPU_MEMORY_TARGET,
  PlannerBase,
  type PlannerOptions,
  type PlanningContext,
  type StageDecision,
  type StageInput,
} from './planner-base.ts';
export { type PlannerClass, type PlannerName, type Planners, shippedPlanners } from './planner-registry.ts';
export type { AnisotropyRule } from './target-spacing.ts';
export type { Topology, TopologyLimits, TopologyRule } from './topology.ts';
export type { Transpose } from './transpose.ts';
