import { lower, OnnxGraph } from '@nnunet/autodiff';
import { buildInference, checkWeights, type OutputNonlinearity } from './inference-graph.ts';
import { unetLayersOf } from './network.ts';
import type { NetworkDescription } from './network-description.ts';
import { names } from './network-graph.ts';
import { computeUNet } from './network-operations.ts';
import { OnnxOperations } from './onnx-operations.ts';
import type { Parameters } from './parameters.ts';

export interface ExportOptions {
  description: NetworkDescription;
  weights: Parameters;
  /**
   * Voxels. If given, sizes are fixed, and up-convolutions are written as convolutions and pixel shuffles, which also
   * run on WebGPU. Default: any size divisible by the pools, with ConvTranspose; for an architecture of your own, the
   * patch of its plans.
   */
  patchSize?: readonly number[];
  /** Patches per run if the size is fixed. Default: 1. */
  batchSize?: number;
  /** Default: 'softmax'. */
  nonlinearity?: OutputNonlinearity;
}

/**
 * Exports the network as an .onnx file with standard operators only (opset 17), including its weights.
 *
 * @returns bytes of a model with input `data` (batch, channels, …spatial) and output `output` (batch, classes,
 * …spatial)
 * @throws NnUNetError 'bad-weights' for weights of another network, 'usage' for an unsuitable patch size
 */
export function exportInferenceOnnx(options: ExportOptions): Uint8Array {
  const { weights, batchSize = 1, nonlinearity = 'softmax' } = options;
  const description = { ...options.description, deepSupervision: false };
  const patchSize = options.patchSize ?? description.graph?.patchSize;
  if (patchSize !== undefined) {
    return lower(buildInference({ description, weights, patchSize, batchSize, nonlinearity }).outputs).model;
  }
  checkWeights(description, weights);
  const graph = new OnnxGraph();
  const sizes = ['depth', 'height', 'width'].slice(-description.dimension);
  const x = graph.input(names.data, ['batch', description.inputChannels, ...sizes]);
  const operations = new OnnxOperations(graph, description, weights);
  const [logits] = computeUNet(unetLayersOf(description), operations, { x, deepSupervision: false });
  const output =
    nonlinearity === 'softmax'
      ? graph.node('Softmax', [logits], { axis: 1 })
      : nonlinearity === 'sigmoid'
        ? graph.node('Sigmoid', [logits])
        : logits;
  graph.output(names.output, output, ['batch', description.classes, ...sizes]);
  return graph.encode('@nnunet/network');
}
