import type { Expression } from '../expression.ts';
import type { Blocks } from './blocks.ts';
import { elementwise } from './elementwise.ts';
import { perSampleChannel } from './instance-norm.ts';
import { type BlockedValue, planesPerPart, roundUp, storedChannels } from './layout.ts';
import { planeConvolution } from './plane-convolution.ts';

type Unary = 'negate' | 'exp' | 'log' | 'sqrt' | 'square' | 'sigmoid' | 'softplus' | 'tanh' | 'erf' | 'cast';
type Binary = 'add' | 'subtract' | 'multiply' | 'divide' | 'maximum' | 'greater';
export type WideOperator = Extract<Expression, { op: Unary | Binary }>;

/** ONNX's names of the elementwise operators that stay blocked. */
const onnxTypes: Readonly<Record<Unary | Binary, string>> = {
  negate: 'Neg',
  exp: 'Exp',
  log: 'Log',
  sqrt: 'Sqrt',
  square: 'Mul',
  sigmoid: 'Sigmoid',
  softplus: 'Softplus',
  tanh: 'Tanh',
  erf: 'Erf',
  cast: 'Cast',
  add: 'Add',
  subtract: 'Sub',
  multiply: 'Mul',
  divide: 'Div',
  maximum: 'Max',
  greater: 'Greater',
};

export const isWideOperator = (e: Expression): e is WideOperator => e.op in onnxTypes;

interface Operands {
  /** The value of an expression that is in channel blocks already. */
  valueOf(e: Expression): BlockedValue | undefined;
  /** Brings a map of one channel to the slices and planes of the blocked layout. */
  mapOf(e: Expression): BlockedValue;
  plain(e: Expression): string;
}

/**
 * An elementwise operator of values in channel blocks, with operands that are broadcast: scalars, maps (N, 1, …spatial)
 * or numbers per channel (1 or N, C, 1, …).
 * @returns undefined if an operand of the whole shape is not in channel blocks, or for other broadcasting
 */
export function wideElementwise(blocks: Blocks, e: WideOperator, operands: Operands): BlockedValue | undefined {
  const isWhole = ({ shape }: Expression) => shape.join() === e.shape.join();
  // What was repeated along axes can be broadcast instead.
  const inputs = e.inputs.map((i) => (i.op === 'expand' && operands.valueOf(i) === undefined ? i.inputs[0]! : i));
  const values = inputs.filter(isWhole).map((i) => operands.valueOf(i));
  const [value] = values;
  if (value === undefined || values.includes(undefined)) return undefined;
  const divides = (e.op === 'divide' && isWhole(inputs[1]!)) || e.op === 'log';
  if (divides && value.channels % blocks.block !== 0) return undefined;
  if (e.op === 'cast') return { ...value, parts: value.parts.map((part) => blocks.graph.cast(part, 'float32')) };
  if (e.op === 'square') return elementwise(blocks, 'Mul', [value, value]);
  if (values.length === inputs.length) return elementwise(blocks, onnxTypes[e.op], values as BlockedValue[]);
  const first = !isWhole(inputs[0]!);
  const other = first ? inputs[0]! : inputs[1]!;
  if (other.shape.every((n) => n === 1)) {
    const name = operands.plain(other);
    const scalar = other.shape.length === 0 ? name : blocks.reshape(name, []);
    return withScalar(blocks, onnxTypes[e.op], value, { scalar, first });
  }
  if (other.shape.length !== e.shape.length) return undefined;
  const [samples, channels, ...size] = other.shape as [number, number, ...number[]];
  if (channels === 1 && samples === e.shape[0] && size.every((n, i) => n === e.shape[i + 2])) {
    return withMap(blocks, onnxTypes[e.op], value, { map: operands.mapOf(other), first });
  }
  if (channels !== e.shape[1] || size.some((n) => n !== 1)) return undefined;
  return withChannels(blocks, e.op as Binary, value, { numbers: operands.plain(other), samples, first });
}

/** Applies a binary operator to a value and a scalar, which is the first operand or the second. */
function withScalar(
  blocks: Blocks,
  type: string,
  value: BlockedValue,
  { scalar, first }: { scalar: string; first: boolean },
): BlockedValue {
  const parts = value.parts.map((part) => blocks.graph.node(type, first ? [scalar, part] : [part, scalar]));
  return { ...value, parts };
}

/**
 * Applies a binary operator to a value and a map of one channel, which is repeated in all lanes first.
 * @param options `first`: whether the map is the first operand
 */
function withMap(
  blocks: Blocks,
  type: string,
  value: BlockedValue,
  { map, first }: { map: BlockedValue; first: boolean },
): BlockedValue {
  const { graph, block } = blocks;
  const { height, width } = value;
  const planes = planesPerPart(value);
  const stored = roundUp(value.channels, block);
  const inputs = storedChannels(map, block);
  const ones = Array.from({ length: inputs * block }, (_, i) => (i < block ? 1 : 0));
  const filter = graph.constant(ones, 'float32', [block, inputs, 1, 1]);
  const parts = value.parts.map((part, i) => {
    const lanes = planeConvolution(blocks, map.parts[i]!, filter, { kernel: [1, 1], label: 'map' });
    const wide = blocks.reshape(part, [planes, stored / block, height * width * block]);
    const narrow = blocks.reshape(lanes, [planes, 1, height * width * block]);
    const result = graph.node(type, first ? [narrow, wide] : [wide, narrow]);
    return blocks.reshape(result, [planes, stored, height, width]);
  });
  return { ...value, parts };
}

/** Sums over the channels, to a map of one channel. */
export function overChannels(blocks: Blocks, value: BlockedValue): BlockedValue {
  const { graph, block } = blocks;
  const stored = roundUp(value.channels, block);
  const taps = Array.from({ length: stored * block }, (_, i) =>
    i % block === 0 && i < value.channels * block ? 1 : 0,
  );
  const filter = graph.constant(taps, 'float32', [block, stored, 1, 1]);
  const parts = value.parts.map((part) =>
    planeConvolution(blocks, part, filter, { kernel: [1, 1], label: 'channels' }),
  );
  return { ...value, channels: 1, parts };
}

/**
 * Applies a binary operator to a value and numbers per channel, in one pass.
 * @param options `numbers`: (1 or N, C); `first`: whether they are the first operand
 * @returns undefined for operators without such a form
 */
function withChannels(
  blocks: Blocks,
  op: Binary,
  value: BlockedValue,
  { numbers, samples, first }: { numbers: string; samples: number; first: boolean },
): BlockedValue | undefined {
  if (op === 'maximum' || op === 'greater' || (op === 'divide' && first)) return undefined;
  const { graph, block } = blocks;
  const { batch, channels } = value;
  const stored = roundUp(channels, block);
  const filled = (list: string) => {
    const padded = blocks.pad(blocks.reshape(list, [samples, channels]), [0, 0], [0, stored - channels]);
    const all = samples === batch ? padded : graph.node('Expand', [padded, graph.constant([batch, stored], 'int64')]);
    return blocks.reshape(all, [batch * stored]);
  };
  const same = (factor: number) =>
    graph.node('Expand', [graph.constant([factor]), graph.constant([batch * stored], 'int64')]);
  const negated = (list: string) => graph.node('Neg', [list]);
  const options =
    op === 'multiply'
      ? { weight: filled(numbers) }
      : op === 'divide'
        ? { weight: filled(graph.node('Div', [graph.constant(1), numbers])) }
        : op === 'add'
          ? { weight: same(1), bias: filled(numbers) }
          : first
            ? { weight: same(-1), bias: filled(numbers) }
            : { weight: same(1), bias: filled(negated(numbers)) };
  return { ...value, parts: perSampleChannel(blocks, value, options) };
}
