import { expect, it } from 'vitest';
import * as root from '../index.ts';
import * as node from './index.ts';

it('exports these names', () => {
  expect(Object.keys(root).sort()).toMatchInlineSnapshot(`
    [
      "buildEvaluationStep",
      "buildForward",
      "buildGradients",
      "buildInference",
      "buildSums",
      "buildTrainingStep",
      "buildUpdateStep",
      "checkWeights",
      "deepSupervisionWeights",
      "defaultOptimizer",
      "describeNetwork",
      "describeNetworkV2",
      "describeV1Model",
      "diceAndBinaryCrossEntropy",
      "diceAndCrossEntropy",
      "estimateStepMemory",
      "exportInferenceOnnx",
      "importMomenta",
      "importV1Weights",
      "importV2Weights",
      "initialiseWeights",
      "matchV1Weights",
      "matchV2Weights",
      "networkVariantOf",
      "outputShapes",
      "parameterShapes",
      "redrawConvolutions",
      "stageSizes",
      "stepNames",
      "trainableShapes",
      "zeroMomenta",
    ]
  `);
  expect(Object.keys(node).sort()).toMatchInlineSnapshot(`
    [
      "GraphSession",
      "PredictionSession",
      "TrainingSession",
      "chooseLowering",
      "physicalCores",
    ]
  `);
});
