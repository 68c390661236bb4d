export { gelu, mish, relu, silu } from './operators/activations.ts';
export { averagePool, maxPool, mean } from './operators/averages.ts';
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
export { interpolate } from './operators/interpolate.ts';
export { argMax, cast, equal, greater, oneHot } from './operators/labels.ts';
export { concat, pad, reshape, slice, transpose } from './operators/layout.ts';
export { matmul } from './operators/matmul.ts';
export {
  batchNorm,
  channelStatistics,
  filterResponseNorm,
  groupNorm,
  layerNorm,
  perChannel,
} from './operators/norms.ts';
export { expand, sum } from './operators/reduction.ts';
export { logSoftmax, softmax } from './operators/softmax.ts';
export { constant, input } from './operators/source.ts';
