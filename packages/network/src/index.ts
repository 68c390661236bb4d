export { checkNetworkDescription } from './check-network.ts';
export { type ExportOptions, exportInferenceOnnx } from './export-onnx.ts';
export { buildForward, type ForwardOptions } from './forward.ts';
export type { BatchStatistics, ParameterLookup } from './forward-operations.ts';
export { buildInference, type OutputNonlinearity } from './inference-graph.ts';
export type { NormLayer } from './layers.ts';
export type { BatchSums, Loss } from './loss.ts';
export {
  type Architecture,
  describeNetwork,
  type NetworkDescription,
  type NetworkPlans,
  type NetworkVariant,
  type NormKind,
  outputShapes,
} from './network-description.ts';
export type { BatchInput, GraphInputs, NetworkGraph, StateInput } from './network-graph.ts';
export type { Optimizer, OptimizerStep } from './optimizer.ts';
export { initialiseWeights, type ParameterShape, type Parameters, parameterShapes } from './parameters.ts';
export type { NetworkStage } from './stage-topology.ts';
export { estimateStepMemory, type StepMemory, type StepMemoryOptions } from './step-memory.ts';
export { buildTrainingStep, type StepOptions } from './training-step.ts';
