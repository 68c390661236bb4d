import type { Blocks } from './blocks.ts';
import { type BlockedValue, nchwc, planesPerPart, roundUp, thickened } from './layout.ts';
import { planeConvolution } from './plane-convolution.ts';

/** The provider sums a run of positions sequentially in float32; short runs keep it precise. */
const longestRun = 256;

/** The largest divisor of a plane's size that does not exceed the longest run. */
export function runLength(positions: number): number {
  let length = Math.min(positions, longestRun);
  while (positions % length !== 0) length--;
  return length;
}

/** Views each plane of a part as runs of positions, matching the memory layout, as if it had `channels` channels. */
function runsOf({ block }: Blocks, value: BlockedValue): { length: number; runs: number; channels: number } {
  const positions = value.height * value.width;
  const length = runLength(positions);
  const runs = positions / length;
  return { length, runs, channels: planesPerPart(value) * roundUp(value.channels, block) * runs };
}

/** Spatial means of each sample's channel, [N * C], from the means of the runs of each part. */
function overRuns(blocks: Blocks, value: BlockedValue, parts: readonly string[], runs: number): string {
  const { graph, block } = blocks;
  const stored = roundUp(value.channels, block);
  const planes = parts.map((part) => {
    if (runs === 1) return blocks.reshape(part, [-1, value.batch * stored]);
    const table = blocks.reshape(part, [-1, runs, block]);
    const means = graph.node('ReduceMean', [table], { axes: [1], keepdims: 0 });
    return blocks.reshape(means, [-1, value.batch * stored]);
  });
  const all = planes.length === 1 ? planes[0]! : graph.node('Concat', planes, { axis: 0 });
  return graph.node('ReduceMean', [all], { axes: [0], keepdims: 0 });
}

/** Spatial mean of each sample's channel: [N * C]. */
export function channelMeans(blocks: Blocks, value: BlockedValue): string {
  const { length, runs, channels } = runsOf(blocks, value);
  const means = value.parts.map((part) =>
    blocks.graph.node('GlobalAveragePool', [blocks.reshape(part, [1, channels, 1, length])], {}, nchwc),
  );
  return overRuns(blocks, value, means, runs);
}

/**
 * Spatial mean of a * b for each sample's channel, [N * C], in one pass: a depthwise convolution of a with b as its
 * filter, as large as a run (the blocked order of a depthwise filter is that of an activation).
 */
export function channelProducts(blocks: Blocks, a: BlockedValue, b: BlockedValue): string {
  const { length, runs, channels } = runsOf(blocks, a);
  const sums = a.parts.map((part, i) =>
    planeConvolution(
      blocks,
      blocks.reshape(part, [1, channels, 1, length]),
      blocks.reshape(b.parts[i]!, [channels, 1, 1, length]),
      { kernel: [1, length], group: channels, label: 'normProduct' },
    ),
  );
  return blocks.graph.node('Mul', [overRuns(blocks, a, sums, runs), blocks.graph.constant(1 / length)]);
}

/** Sums [N * C] over the samples to [C], without padding. */
export function overSamples(blocks: Blocks, value: BlockedValue, numbers: string): string {
  const { graph, block } = blocks;
  const stored = roundUp(value.channels, block);
  const rows = blocks.reshape(numbers, [value.batch, stored]);
  const sum = graph.node('ReduceSum', [rows, graph.constant([0], 'int64')], { keepdims: 0 });
  return stored === value.channels ? sum : blocks.slice(sum, 0, 0, value.channels);
}

/** Sums each sample's channel over space, [N * C] with padded channels. */
function sampleSums(blocks: Blocks, value: BlockedValue): string {
  const { graph } = blocks;
  const voxels = graph.constant(value.depth * value.height * value.width);
  return graph.node('Mul', [channelMeans(blocks, thickened(blocks, value)), voxels]);
}

/** Sums each channel over space, [N, C] without padding. */
export function channelSumsOfSamples(blocks: Blocks, value: BlockedValue): string {
  const stored = roundUp(value.channels, blocks.block);
  const rows = blocks.reshape(sampleSums(blocks, value), [value.batch, stored]);
  return stored === value.channels ? rows : blocks.slice(rows, 1, 0, value.channels);
}

/** Sums each channel over samples and space, [C]: the gradient of a convolution's bias. */
export function channelSums(blocks: Blocks, value: BlockedValue): string {
  return overSamples(blocks, value, sampleSums(blocks, value));
}
