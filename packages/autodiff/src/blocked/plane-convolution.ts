import type { AttributeValue } from '../onnx/encode-graph.ts';
import type { Blocks } from './blocks.ts';
import { reshapeAfter } from './filters.ts';
import { nchwc } from './layout.ts';

/** A convolution of planes (two axes), identical for all depth slices. */
export interface PlaneGeometry {
  readonly kernel: readonly [number, number];
  readonly strides?: readonly [number, number];
  /** top, left, bottom, right */
  readonly pads?: readonly [number, number, number, number];
  readonly dilations?: readonly [number, number];
  readonly group?: number;
}

export type Activation = { type: 'LeakyRelu'; slope: number } | { type: 'Clip'; low: number; high: number };

/**
 * The provider's blocked convolution.
 * @param x blocked [planes, C, H, W], or ordinary layout with fewer channels than a block
 * @param filter in blocked order (see `forwardFilters`), declared [O, C, kh, kw]
 * @param options `sum`: a tensor of the output's shape to add (its memory is reused); `bias` [O]
 */
export function planeConvolution(
  { graph }: Blocks,
  x: string,
  filter: string,
  options: PlaneGeometry & { bias?: string; sum?: string; activation?: Activation; label?: string },
): string {
  const { kernel, strides = [1, 1], pads = [0, 0, 0, 0], dilations = [1, 1], group = 1, activation } = options;
  const attributes: Record<string, AttributeValue> = { kernel_shape: kernel, strides, pads, dilations, group };
  if (activation?.type === 'LeakyRelu') {
    attributes.activation = 'LeakyRelu';
    attributes.activation_params = { floats: [activation.slope] };
  } else if (activation?.type === 'Clip') {
    attributes.activation = 'Clip';
    attributes.activation_params = { floats: [activation.low, activation.high] };
  }
  const inputs = [x, filter];
  if (options.bias !== undefined || options.sum !== undefined) inputs.push(options.bias ?? '');
  if (options.sum !== undefined) inputs.push(options.sum);
  return graph.node('Conv', inputs, attributes, { ...nchwc, ...(options.label ? { label: options.label } : {}) });
}

/** Scale, shift and activation per channel: y = activation(x * weight + bias + sum). @param weight [C] */
export function channelwise(
  blocks: Blocks,
  x: string,
  weight: string,
  channels: number,
  options: { bias?: string; sum?: string; activation?: Activation; label?: string; wait?: string } = {},
): string {
  const filter = reshapeAfter(blocks, weight, [channels, 1, 1, 1], options.wait);
  return planeConvolution(blocks, x, filter, { ...options, kernel: [1, 1], group: channels });
}
