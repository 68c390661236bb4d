import type { AttributeValue } from '../onnx/encode-graph.ts';
import type { Blocks } from './blocks.ts';
import { type BlockedValue, roundUp, thickened } from './layout.ts';
import { channelwise } from './plane-convolution.ts';

/** Applies an elementwise operator; padded channels must stay finite, since they meet weights of zero. */
export function elementwise(
  blocks: Blocks,
  type: string,
  inputs: readonly BlockedValue[],
  attributes: Record<string, AttributeValue> = {},
): BlockedValue {
  const alike = inputs.every((x) => x.thin) ? inputs : inputs.map((x) => thickened(blocks, x));
  const parts = alike[0]!.parts.map((_, i) =>
    blocks.graph.node(
      type,
      alike.map((x) => x.parts[i]!),
      attributes,
    ),
  );
  return { ...alike[0]!, parts };
}

/** dy where x is positive, dy * slope elsewhere; the slope is computed as Clip(x * 1e20, slope, 1). */
export function leakyReluGradient(blocks: Blocks, input: BlockedValue, dy: BlockedValue, slope: number): BlockedValue {
  const x = thickened(blocks, input);
  const channels = roundUp(x.channels, blocks.block);
  const huge = blocks.graph.constant(new Array<number>(channels).fill(1e20));
  const activation = { type: 'Clip', low: slope, high: 1 } as const;
  const slopes = x.parts.map((part) => channelwise(blocks, part, huge, channels, { activation, label: 'slope' }));
  return elementwise(blocks, 'Mul', [{ ...x, parts: slopes }, dy]);
}

/** x times the normal distribution function of x, by the provider's own operator. */
export function gelu(blocks: Blocks, x: BlockedValue): BlockedValue {
  const parts = x.parts.map((part) => blocks.graph.node('Gelu', [part], {}, { domain: 'com.microsoft' }));
  return { ...x, parts };
}

/**
 * dy * (P(x) + x * n(x)) with the normal distribution P and its density n. Scales and shifts take part in passes that
 * are needed anyway: n(x) is exp(-x² / 2 - log(sqrt(2 pi))).
 */
export function geluGradient(blocks: Blocks, input: BlockedValue, dy: BlockedValue): BlockedValue {
  const { graph } = blocks;
  const x = thickened(blocks, input);
  const squares = x.parts.map((part) => graph.node('Mul', [part, part]));
  const exponents = scaled(blocks, { ...x, parts: squares }, { factor: -0.5, offset: -Math.log(2 * Math.PI) / 2 });
  const products = x.parts.map((part, i) => graph.node('Mul', [part, graph.node('Exp', [exponents[i]!])]));
  const erf = x.parts.map((part) => graph.node('Erf', [graph.node('Mul', [part, graph.constant(Math.SQRT1_2)])]));
  const parts = scaled(blocks, { ...x, parts: erf }, { factor: 0.5, offset: 0.5, sums: products });
  return elementwise(blocks, 'Mul', [{ ...x, parts }, dy]);
}

/** x * factor + offset + sum, in one pass. */
function scaled(
  blocks: Blocks,
  x: BlockedValue,
  { factor, offset, sums }: { factor: number; offset: number; sums?: readonly string[] },
): string[] {
  const channels = roundUp(x.channels, blocks.block);
  const list = (value: number) => blocks.graph.constant(new Array<number>(channels).fill(value));
  return x.parts.map((part, i) =>
    channelwise(blocks, part, list(factor), channels, {
      bias: list(offset),
      ...(sums === undefined ? {} : { sum: sums[i]! }),
      label: 'scale',
    }),
  );
}

/** Takes some channels of a value, which must be whole blocks (the last one may be padded). */
export function channelSection(
  blocks: Blocks,
  value: BlockedValue,
  start: number,
  channels: number,
): BlockedValue | undefined {
  const { block } = blocks;
  const end = start + channels;
  if (value.thin || start % block !== 0 || (end % block !== 0 && end !== value.channels) || channels < block)
    return undefined;
  const { height, width } = value;
  const stored = roundUp(value.channels, block);
  const kept = roundUp(channels, block);
  const size = height * width * block;
  const parts = value.parts.map((part) => {
    const rows = blocks.reshape(part, [-1, stored / block, size]);
    return blocks.reshape(blocks.slice(rows, 1, start / block, (start + kept) / block), [-1, kept, height, width]);
  });
  return { ...value, channels, parts };
}
