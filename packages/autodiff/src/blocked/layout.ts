import type { Blocks } from './blocks.ts';

/**
 * The channel-blocked layout of ONNX Runtime's CPU provider, used from the start to the end of a network.
 *
 * An activation (N, C, D, H, W) is stored with depth outermost: a tensor of D*N planes, each [C/block][H][W][block]
 * (declared to ONNX as [D*N, C, H, W]), with channels zero-padded to whole blocks. A shift by one depth slice is then a
 * shift by N contiguous planes. If D is even, the even and odd slices are two tensors. 2D activations have depth 1.
 */
export interface BlockedValue {
  /** One tensor of all depth slices (odd depth), or the even and the odd slices (even depth). */
  readonly parts: readonly string[];
  readonly batch: number;
  /** Number of channels without padding. */
  readonly channels: number;
  readonly depth: number;
  readonly height: number;
  readonly width: number;
  /**
   * Whether there are fewer channels than a block, stored unblocked as [slices*N, C, H, W]: input images and gradients
   * of logits.
   */
  readonly thin: boolean;
}

export const nchwc = { domain: 'com.microsoft.nchwc' } as const;

export function roundUp(n: number, multiple: number): number {
  return Math.ceil(n / multiple) * multiple;
}

/** Number of stored channels, including padding. */
export function storedChannels(value: { channels: number; thin: boolean }, block: number): number {
  return value.thin ? value.channels : roundUp(value.channels, block);
}

/** Number of depth slices in each part. */
export function slicesPerPart(depth: number): number {
  return depth % 2 === 0 ? depth / 2 : depth;
}

/** Number of planes (depth slices times batch size) in each part. */
export function planesPerPart(value: BlockedValue): number {
  return slicesPerPart(value.depth) * value.batch;
}

function storedShape(value: BlockedValue, slices: number, block: number): number[] {
  return [slices * value.batch, storedChannels(value, block), value.height, value.width];
}

/** All depth slices in one tensor [D*N, C, H, W]. */
export function joined(blocks: Blocks, value: BlockedValue): string {
  if (value.parts.length === 1) return value.parts[0]!;
  const size = value.batch * storedChannels(value, blocks.block) * value.height * value.width;
  const rows = value.parts.map((part) => blocks.reshape(part, [value.depth / 2, 1, size]));
  return blocks.reshape(blocks.graph.node('Concat', rows, { axis: 1 }), storedShape(value, value.depth, blocks.block));
}

/**
 * Splits a tensor of all depth slices into parts: the tensor itself if the depth is odd, even and odd slices otherwise.
 */
export function separated(blocks: Blocks, whole: string, value: Omit<BlockedValue, 'parts'>): BlockedValue {
  if (value.depth % 2 === 1) return { ...value, parts: [whole] };
  const size = value.batch * storedChannels(value, blocks.block) * value.height * value.width;
  const pairs = blocks.reshape(whole, [value.depth / 2, 2, size]);
  const halves = blocks.graph.nodeWithOutputs('Split', [pairs], { axis: 1 }, { outputs: 2 });
  const shape = storedShape({ ...value, parts: [] }, value.depth / 2, blocks.block);
  return { ...value, parts: halves.map((half) => blocks.reshape(half, shape)) };
}

/** Converts [planes, C, H, W] from ordinary order to channel blocks, padded with zeros; C may be any number. */
export function toChannelBlocks(blocks: Blocks, x: string, channels: number): string {
  const filled = blocks.pad(x, [0, 0, 0, 0], [0, roundUp(channels, 4) - channels, 0, 0]);
  return blocks.graph.node('ReorderInput', [filled], { channels_last: 0 }, nchwc);
}

/** Converts a value to channel blocks even if it has fewer channels than a block. */
export function thickened(blocks: Blocks, value: BlockedValue): BlockedValue {
  if (!value.thin) return value;
  return { ...value, thin: false, parts: value.parts.map((part) => toChannelBlocks(blocks, part, value.channels)) };
}

/** Converts from the framework's layout, (N, C, H, W) or (N, C, D, H, W). */
export function fromPlain(blocks: Blocks, x: string, shape: readonly number[]): BlockedValue {
  const [batch, channels] = shape as [number, number];
  const [depth, height, width] =
    shape.length === 5 ? (shape.slice(2) as [number, number, number]) : [1, shape[2]!, shape[3]!];
  const thin = channels < blocks.block;
  const outermost = depth === 1 ? x : blocks.transpose(x, [2, 0, 1, 3, 4]);
  const planes = blocks.reshape(outermost, [depth * batch, channels, height, width]);
  const whole = thin ? planes : toChannelBlocks(blocks, planes, channels);
  return separated(blocks, whole, { batch, channels, depth, height, width, thin });
}

/** Converts to the framework's layout of the given rank: (N, C, H, W) or (N, C, D, H, W). */
export function toPlain(blocks: Blocks, value: BlockedValue, rank: number): string {
  const { batch, channels, depth, height, width } = value;
  const slices = slicesPerPart(depth);
  const parts = value.parts.map((part) => {
    const ordinary = value.thin
      ? part
      : blocks.graph.node('ReorderOutput', [part], { channels_last: 0, channels }, nchwc);
    return blocks.reshape(ordinary, [slices, 1, batch * channels, height * width]);
  });
  const whole = parts.length === 1 ? parts[0]! : blocks.graph.node('Concat', parts, { axis: 1 });
  const shape = rank === 5 ? [batch, channels, depth, height, width] : [batch, channels, height, width];
  if (depth === 1) return blocks.reshape(whole, shape);
  const ordered = blocks.transpose(blocks.reshape(whole, [depth, batch * channels, height * width]), [1, 0, 2]);
  return blocks.reshape(ordered, shape);
}
