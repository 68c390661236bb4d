export { blockSizeOf, blockSizeProbe } from './blocked/block-size.ts';
export { blockedLowering } from './blocked/blocked-lowering.ts';
export { differentiate, pullBack } from './differentiate.ts';
export type {
  ConvolutionGeometry,
  Expression,
  ExpressionOf,
  InstanceNormAttributes,
  InterpolationMode,
  Operator,
  OperatorAttributes,
  ValueType,
} from './expression.ts';
export { integerLowering } from './integer/integer-lowering.ts';
export { type ActivationRanges, type ChannelRange, integerSites } from './integer/integer-sites.ts';
export { lower } from './lower.ts';
export type {
  GraphPort,
  LoweredGraph,
  Lowering,
  LoweringContext,
  LoweringFactory,
  LoweringResult,
} from './lowering.ts';
export type { AttributeValue, ElementType, OnnxNode, Port, Subgraph } from './onnx/encode-graph.ts';
export { type NodeOptions, OnnxGraph } from './onnx/onnx-graph.ts';
export { reachable } from './reachable.ts';
export { webgpuLowering } from './webgpu-lowering.ts';
export { winogradLowering, winogradMemory } from './winograd/winograd-lowering.ts';
