import { lower, OnnxGraph } from '@nnunet/autodiff';
import { buildInference, checkWeights, type OutputNonlinearity } from './inference-graph.ts';
import type { NetworkDescription } from './network-description.ts';
import { names } from './network-graph.ts';
import { networkLayers } from './network-layers.ts';
import { computeUNet } from './network-operations.ts';
import { OnnxOperations } from './onnx-operations.ts';
import type { Parameters } from './parameters.ts';

export interface ExportOptions {
  description: NetworkDescription;
  weights: Parameters;
  /**
   * Voxels: sizes are fixed, and up-convolutions are written as convolutions and pixel shuffles, which run on WebGPU too.
   * If not given: any size that the poolings divide, with ConvTranspose.
   */
  patchSize?: readonly number[];
  /** Patches per run, where the size is fixed; 1 if not given. */
  batchSize?: number;
  /** softmax if not given. */
  nonlinearity?: OutputNonlinearity;
}

/**
 * The network as an .onnx file, with standard operators alone (opset 17) and its weights inside.
 * @returns bytes of a model with input `data` (batch, channels, …spatial) and output `output` (batch, classes, …spatial)
 * @throws NnUNetError 'bad-weights' for weights of another network, 'usage' for a patch that does not fit
 */
export function exportInferenceOnnx(options: ExportOptions): Uint8Array {
  const { weights, patchSize, batchSize = 1, nonlinearity = 'softmax' } = options;
  const description = { ...options.description, deepSupervision: false };
  if (patchSize !== undefined) {
    return lower(buildInference({ description, weights, patchSize, batchSize, nonlinearity }).outputs).model;
  }
  checkWeights(description, weights);
  const graph = new OnnxGraph();
  const sizes = ['depth', 'height', 'width'].slice(-description.dimension);
  const x = graph.input(names.data, ['batch', description.inputChannels, ...sizes]);
  const operations = new OnnxOperations(graph, description, weights);
  const [logits] = computeUNet(networkLayers(description), operations, { x, deepSupervision: false });
  const output =
    nonlinearity === 'softmax'
      ? graph.node('Softmax', [logits], { axis: 1 })
      : nonlinearity === 'sigmoid'
        ? graph.node('Sigmoid', [logits])
        : logits;
  graph.output(names.output, output, ['batch', description.classes, ...sizes]);
  return graph.encode('@nnunet/network');
}
