export { deepSupervisionWeights } from './deep-supervision.ts';
export { buildEvaluationStep } from './evaluation-step.ts';
export { buildForward, type ParameterLookup } from './forward.ts';
export { buildInference, checkWeights, type OutputNonlinearity } from './inference-graph.ts';
export { type BatchSums, type DiceOptions, diceAndBinaryCrossEntropy, diceAndCrossEntropy, type Loss } from './loss.ts';
export { describeNetwork, type NetworkDescription, outputShapes, stageSizes } from './network-description.ts';
export { defaultOptimizer, type OptimizerOptions } from './optimizer.ts';
export { initialiseWeights, type ParameterShape, type Parameters, parameterShapes, zeroMomenta } from './parameters.ts';
export { estimateStepMemory, type StepMemory } from './step-memory.ts';
export {
  buildGradients,
  buildSums,
  buildTrainingStep,
  buildUpdateStep,
  names as stepNames,
  type StepOptions,
} from './training-step.ts';
