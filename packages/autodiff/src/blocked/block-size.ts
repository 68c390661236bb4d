import { OnnxGraph } from '../onnx/onnx-graph.ts';
import { nchwc } from './layout.ts';

const channels = 32;

/**
 * Returns a graph that reveals the provider's block size: run it on `blockSizeProbe.input` ('x') and pass its output
 * 'y' to `blockSizeOf`. Providers and builds without the blocked operators fail to load it.
 */
export function blockSizeProbe(): { model: Uint8Array; input: { data: Float32Array; shape: readonly number[] } } {
  const graph = new OnnxGraph();
  const shape = [1, channels, 1, 2];
  const x = graph.input('x', shape);
  graph.output('y', graph.node('ReorderInput', [x], { channels_last: 0 }, nchwc), shape);
  return { model: graph.encode(), input: { data: Float32Array.from({ length: 2 * channels }, (_, i) => i), shape } };
}

/**
 * Determines the block size from the probe's output. Within a block, the channels of one position are adjacent (steps
 * of 2 in the ramp), so the first value of the second position, 1, comes after one block.
 * @returns 4, 8 or 16; undefined for any other layout, in which case only the plain lowering is correct
 */
export function blockSizeOf(y: Float32Array): number | undefined {
  const block = y.indexOf(1);
  if (y.length !== 2 * channels || ![4, 8, 16].includes(block)) return undefined;
  for (let i = 0; i < y.length; i++) {
    const group = Math.floor(i / (2 * block));
    const position = Math.floor(i / block) % 2;
    if (y[i] !== 2 * (group * block + (i % block)) + position) return undefined;
  }
  return block;
}
