export { checkNetworkDescription } from './check-network.ts';
export { outputWeights } from './deep-supervision.ts';
export { type DatasetJsonV2, describeNetworkV2 } from './describe-v2.ts';
export { buildEvaluationStep } from './evaluation-step.ts';
export { type ExportOptions, exportInferenceOnnx } from './export-onnx.ts';
export { buildForward, type ForwardOptions } from './forward.ts';
export type { BatchStatistics, ParameterLookup } from './forward-operations.ts';
export { describeV1Model, importV1Weights, matchV1Weights } from './import-v1.ts';
export { importV2Weights, matchV2Weights } from './import-v2.ts';
export { importMomenta, type Shaped, type StateDict } from './import-weights.ts';
export { buildInference, checkWeights, type OutputNonlinearity } from './inference-graph.ts';
export { type BatchSums, type DiceOptions, diceAndBinaryCrossEntropy, diceAndCrossEntropy, type Loss } from './loss.ts';
export {
  generalisedDice,
  matthewsCorrelation,
  type OverlapOptions,
  softDice,
  softDiceOfRegions,
  squaredDice,
} from './loss-overlap.ts';
export { sumOfLosses } from './loss-sum.ts';
export { crossEntropy, focalLoss, topCrossEntropy } from './loss-voxelwise.ts';
export {
  type Architecture,
  describeNetwork,
  type NetworkDescription,
  type NetworkPlans,
  type NetworkVariant,
  type NormKind,
  outputShapes,
  stageSizes,
} from './network-description.ts';
export { adamOptimizer, defaultOptimizer, type OptimizerOptions } from './optimizer.ts';
export {
  initialiseWeights,
  type ParameterShape,
  type Parameters,
  parameterShapes,
  redrawConvolutions,
  trainableShapes,
  zeroMomenta,
} from './parameters.ts';
export type { ArchitectureV2, ConfigurationV2, PlansV2 } from './plans-v2.ts';
export { estimateStepMemory, type StepMemory } from './step-memory.ts';
export { buildEvaluationSums, buildGradients, buildLoss, buildSums, buildUpdateStep } from './step-parts.ts';
export { buildTrainingStep, names as stepNames, type StepOptions } from './training-step.ts';
export { networkVariantOf } from './v1-variants.ts';
