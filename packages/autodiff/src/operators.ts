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
