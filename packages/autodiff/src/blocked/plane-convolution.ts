import type { AttributeValue } from '../onnx/encode-graph.ts';
import type { Blocks } from './blocks.ts';
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

export interface FilterShape {
  readonly outputs: number;
  readonly inputs: number;
  /** Depth, height, width. */
  readonly kernel: readonly [number, number, number];
  /** Whether the convolution's input has fewer channels than a block and is not blocked. */
  readonly thin: boolean;
}

/**
 * Converts weights [O, I, kd, kh, kw] to the order of the blocked convolution, one filter per depth tap:
 * [O/b][I/b][kh][kw][b in][b out], or [O/b][I][kh][kw][b out] for thin inputs; declared [O, I, kh, kw] with padded
 * channels. Uses two transpositions of whole rows; a single one would move individual numbers.
 */
export function forwardFilters(blocks: Blocks, weights: string, shape: FilterShape): string[] {
  const { graph, block } = blocks;
  const { kernel, thin } = shape;
  const [kd, kh, kw] = kernel;
  const outputs = Math.ceil(shape.outputs / block) * block;
  const inputs = thin ? shape.inputs : Math.ceil(shape.inputs / block) * block;
  const flat = blocks.reshape(weights, [shape.outputs, shape.inputs, kd * kh * kw]);
  const filled = blocks.pad(flat, [0, 0, 0], [outputs - shape.outputs, inputs - shape.inputs, 0]);
  const columns = blocks.transpose(blocks.reshape(filled, [outputs, inputs * kd * kh * kw]), [1, 0]);
  const ordered = thin
    ? blocks.transpose(blocks.reshape(columns, [inputs, kd, kh * kw, outputs / block, block]), [1, 3, 0, 2, 4])
    : blocks.transpose(
        blocks.reshape(columns, [inputs / block, block, kd, kh * kw, outputs / block, block]),
        [2, 4, 0, 3, 1, 5],
      );
  const taps = kd === 1 ? [ordered] : graph.nodeWithOutputs('Split', [ordered], { axis: 0 }, { outputs: kd });
  return taps.map((tap) => blocks.reshape(tap, [outputs, inputs, kh, kw]));
}

/**
 * Converts weights [O, I, kd, kh, kw] for the input gradient as a convolution over dy, one filter per depth tap:
 * outputs are the plane phases (height, width) times I, inputs are O; declared [phases*I, O, taps h, taps w] with
 * padded channels.
 * @param shape `outputs` O, `inputs` I, `thin`: dy has fewer channels than a block
 * @param phases taps of each phase, for height and width (`gradientPhases`)
 * @param wait see `ExecutionOrder`
 */
export function gradientFilters(
  blocks: Blocks,
  weights: string,
  shape: FilterShape,
  phases: readonly [readonly (readonly number[])[], readonly (readonly number[])[]],
  wait?: string,
): string[] {
  const { graph, block } = blocks;
  const { kernel, thin } = shape;
  const [kd, kh, kw] = kernel;
  const size = kh * kw;
  const outputs = thin ? shape.outputs : Math.ceil(shape.outputs / block) * block;
  const inputs = Math.ceil(shape.inputs / block) * block;
  const flat = blocks.reshape(weights, [shape.outputs, shape.inputs, kd * size]);
  const filled = blocks.pad(flat, [0, 0, 0], [outputs - shape.outputs, inputs - shape.inputs, 0]);
  const rows = blocks.transpose(blocks.reshape(filled, [outputs * inputs, kd * size]), [1, 0]);
  // -> [kd][I/b][O/b][taps][b out][b in], or [kd][I/b][O][taps][b in]
  const groups = thin ? outputs : outputs / block;
  const lane = thin ? block : block * block;
  const ordered = thin
    ? blocks.transpose(blocks.reshape(rows, [kd, size, outputs, inputs / block, block]), [0, 3, 2, 1, 4])
    : blocks.transpose(blocks.reshape(rows, [kd, size, groups, block, inputs / block, block]), [0, 4, 2, 1, 3, 5]);
  const [high, wide] = phases;
  const indices = high.flatMap((h) =>
    wide.flatMap((w) => h.flatMap((i) => w.map((j) => (i < 0 || j < 0 ? size : i * kw + j)))),
  );
  const tapsHigh = high[0]!.length;
  const tapsWide = wide[0]!.length;
  const taps = tapsHigh * tapsWide;
  const count = high.length * wide.length;
  let table = blocks.reshape(ordered, [kd, inputs / block, groups, size, lane]);
  if (indices.some((i) => i === size)) table = blocks.pad(table, [0, 0, 0, 0, 0], [0, 0, 0, 1, 0]);
  let gathered = indices.every((i, at) => i === at)
    ? table
    : graph.node('Gather', [table, graph.constant(indices, 'int64')], { axis: 3 });
  if (count > 1) {
    const split = blocks.reshape(gathered, [kd, (inputs / block) * groups, count, taps * lane]);
    gathered = blocks.transpose(split, [0, 2, 1, 3]);
  }
  const parts =
    kd === 1
      ? [gathered]
      : graph.nodeWithOutputs(
          'Split',
          [blocks.reshape(gathered, [kd, count * inputs * outputs * taps])],
          { axis: 0 },
          { outputs: kd },
        );
  return parts.map((part) => reshapeAfter(blocks, part, [count * inputs, outputs, tapsHigh, tapsWide], wait));
}

/** Reshapes once the results that the zero `wait` stands for are available. */
export function reshapeAfter(blocks: Blocks, x: string, shape: readonly number[], wait: string | undefined): string {
  if (wait === undefined) return blocks.reshape(x, shape);
  const { graph } = blocks;
  return graph.node('Reshape', [x, graph.node('Add', [graph.constant(shape, 'int64'), wait])]);
}
