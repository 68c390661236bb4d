export { Architecture, type ArchitectureClass } from './architecture.ts';
export { type Architectures, shippedArchitectures } from './architecture-registry.ts';
export { checkNetworkDescription } from './check-network.ts';
export { describeNetwork, type NetworkPlans, type NetworkVariant } from './describe-network.ts';
export { type ExportOptions, exportInferenceOnnx } from './export-onnx.ts';
export { buildForward, type ForwardOptions, type ParameterLookup } from './forward.ts';
export { buildInference, type OutputNonlinearity } from './inference-graph.ts';
export type { BatchStatistics, BlockOptions, ConvolutionOptions, LayerContext, Layers } from './layers.ts';
export type { BatchSums, Loss } from './loss.ts';
export {
  type NetworkDescription,
  outputShapes,
  type ShippedArchitecture,
} from './network-description.ts';
export type { BatchInput, GraphInputs, NetworkGraph, StateInput } from './network-graph.ts';
export type { NetworkParameter, ParameterStart } from './network-parameter.ts';
export type { NetworkSettings, NormKind } from './network-settings.ts';
export type { Optimizer, OptimizerStep } from './optimizer.ts';
export { initialiseWeights, type ParameterShape, type Parameters, parameterShapes } from './parameters.ts';
export type { NetworkStage } from './stage-topology.ts';
export { estimateStepMemory, type StepMemory, type StepMemoryOptions } from './step-memory.ts';
export type { StoredNetwork, StoredParameter, StoredPass, StoredStatistics } from './stored-network.ts';
export { buildTrainingStep, type StepOptions } from './training-step.ts';
