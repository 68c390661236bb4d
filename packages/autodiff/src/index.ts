export { blockSizeOf, blockSizeProbe } from './blocked/block-size.ts';
export { blockedLowering } from './blocked/blocked-lowering.ts';
export { differentiate, pullBack } from './differentiate.ts';
export type {
  ConvolutionGeometry,
  Expression,
  ExpressionOf,
  InstanceNormAttributes,
  Operator,
  OperatorAttributes,
  ValueType,
} from './expression.ts';
export { lower } from './lower.ts';
export type { GraphPort, LoweredGraph, Lowering, LoweringContext, LoweringFactory } from './lowering.ts';
export type { AttributeValue, ElementType } from './onnx/encode-graph.ts';
export { type NodeOptions, OnnxGraph } from './onnx/onnx-graph.ts';
export { gelu, mish } from './operators/activations.ts';
export { averagePool, mean } from './operators/averages.ts';
export {
  convolution,
  convolutionInputGradient,
  convolutionWeightGradient,
  transposedConvolution,
} from './operators/convolution.ts';
export {
  add,
  divide,
  erf,
  exp,
  leakyRelu,
  leakyReluGradient,
  log,
  maximum,
  multiply,
  negate,
  sigmoid,
  softplus,
  sqrt,
  square,
  subtract,
  tanh,
} from './operators/elementwise.ts';
export { instanceNorm, instanceNormGradient, part } from './operators/instance-norm.ts';
export { argMax, cast, equal, greater, oneHot } from './operators/labels.ts';
export { concat, pad, reshape, slice, transpose } from './operators/layout.ts';
export { batchNorm, channelStatistics, filterResponseNorm, groupNorm, perChannel } from './operators/norms.ts';
export { expand, sum } from './operators/reduction.ts';
export { logSoftmax, softmax } from './operators/softmax.ts';
export { constant, input } from './operators/source.ts';
export { webgpuLowering } from './webgpu-lowering.ts';
