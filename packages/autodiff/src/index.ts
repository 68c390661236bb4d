export { type AttributeValue, type ElementType, type NodeOptions, OnnxGraph } from './onnx/onnx-graph.ts';
