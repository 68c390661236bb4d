import type { ConvolutionGeometry, Expression, ExpressionOf } from '../expression.ts';
import type { Lowering, LoweringContext, LoweringFactory } from '../lowering.ts';
import {
  type CodedValue,
  centredCoding,
  codesFromZero,
  commonCoding,
  decode,
  encode,
  positiveCoding,
  signedCoding,
  sizeOfMap,
} from './codes.ts';
import { type AxisGeometry, integerConvolution } from './convolution.ts';
import { integerNorm } from './instance-norm.ts';
import { type ActivationRanges, IntegerForm } from './integer-sites.ts';
import { integerUpConvolution } from './up-convolution.ts';

/**
 * Lowers convolutions that a norm follows, and up-convolutions, to 8-bit integers: for prediction, with one sample and
 * constant weights. Activations are unsigned integers with a scale per channel, channels last, and weights are signed
 * ones with a scale per output. The result differs from that of the other lowerings by the rounding. On processors whose
 * products of 8-bit integers saturate it is wrong: compare a small network first.
 * @param ranges of the values named by `integerSites`; what has none is left to `others`
 * @param others writes the other operators. Default: the plain rules
 */
export function integerLowering(ranges: ActivationRanges, others?: LoweringFactory): LoweringFactory {
  return (context) => new IntegerLowering(context, ranges, others?.(context));
}

type Constant = ExpressionOf<'constant'>;

class IntegerLowering implements Lowering {
  readonly #context: LoweringContext;
  readonly #ranges: ActivationRanges;
  readonly #others: Lowering | undefined;
  readonly #form: IntegerForm;
  readonly #values = new Map<number, CodedValue>();
  /** What a leaky ReLU leaves of negative values, for those that others than convolutions with a norm read. */
  readonly #negative = new Map<number, CodedValue>();
  /** Results in the ordinary layout. */
  readonly #ordinary = new Map<number, string>();

  constructor(context: LoweringContext, ranges: ActivationRanges, others: Lowering | undefined) {
    this.#context = context;
    this.#ranges = ranges;
    this.#others = others;
    this.#form = new IntegerForm(context);
  }

  emit(e: Expression): boolean {
    return this.#isWrittenLater(e) || this.#block(e) || this.#up(e) || this.#head(e) || this.#emitOther(e);
  }

  toPlain(e: Expression): string {
    const { graph, plain } = this.#context;
    const ordinary = this.#ordinary.get(e.id);
    if (ordinary !== undefined) return ordinary;
    const value = this.#values.get(e.id);
    if (value !== undefined) {
      const negative = this.#negative.get(e.id);
      const positive = decode(graph, value, e.shape);
      return negative ? graph.node('Sub', [positive, decode(graph, negative, e.shape)]) : positive;
    }
    if (e.op === 'concat' && this.#sections(e)) return graph.node('Concat', e.inputs.map(plain), { axis: 1 });
    return this.#others!.toPlain(e);
  }

  leaves(e: Expression): boolean {
    return this.#others?.leaves?.(e) ?? false;
  }

  #emitOther(e: Expression): boolean {
    return (e.op === 'concat' && this.#sections(e) !== undefined) || (this.#others?.emit(e) ?? false);
  }

  /** Returns the integers of a value, or of the values that it concatenates; undefined if it has none. */
  #sections(e: Expression): CodedValue[] | undefined {
    if (e.op === 'concat' && e.attributes.axis === 1) {
      const parts = e.inputs.map((i) => this.#sections(i));
      return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
    }
    const known = this.#values.get(e.id);
    if (known !== undefined) return [known];
    if (e.op !== 'input' || !this.#form.isCoded(e)) return undefined;
    const range = this.#ranges.get(e.attributes.name);
    if (range === undefined) return undefined;
    const { graph, plain } = this.#context;
    const value = encode(graph, plain(e), e.shape, commonCoding(range, e.shape[1]!));
    this.#values.set(e.id, value);
    return [value];
  }

  /** Whether it is the convolution before a norm, or before the sum with a bias, which is written with these. */
  #isWrittenLater(e: Expression): boolean {
    const reader = this.#form.end(e);
    return reader !== undefined && (this.#blockParts(reader) ?? this.#upParts(reader)) !== undefined;
  }

  /** What a block consists of, if all of it is known. */
  #blockParts(e: Expression) {
    const block = this.#form.normalised(e);
    const sections = block && this.#sections(block.convolution.inputs[0]!);
    const before = block && this.#ranges.get(block.weights.attributes.name);
    const after = block && this.#ranges.get(block.gamma.attributes.name);
    return sections && before && after && { ...block, sections, before, after };
  }

  #block(e: Expression): boolean {
    const parts = this.#blockParts(e);
    if (parts === undefined) return false;
    const { convolution, weights, norm, gamma, beta, sections, before, after } = parts;
    const { graph } = this.#context;
    const x = integerConvolution(graph, sections, {
      name: weights.attributes.name,
      weights: numbersOf(weights),
      axes: axesOf(weights, convolution.attributes),
      centres: before.low.map((low, c) => (low + before.high[c]!) / 2),
      coding: centredCoding(before),
    });
    const { positive, negative } = integerNorm(graph, x, {
      gamma: numbersOf(gamma),
      beta: numbersOf(beta),
      epsilon: norm.attributes.epsilon,
      slope: norm.attributes.negativeSlope,
      positive: positiveCoding(after.high),
      negative: this.#isRounded(e) ? undefined : positiveCoding(after.low.map((low) => -low)),
    });
    this.#values.set(e.id, positive);
    if (negative) this.#negative.set(e.id, negative);
    return true;
  }

  /**
   * Whether a value is only read by convolutions with a norm, and as integers. What a leaky ReLU leaves of negative
   * values is then mostly removed by the norm; a head, on the other hand, may decide by it.
   */
  #isRounded(e: Expression): boolean {
    const { consumers, isOutput } = this.#context;
    return (
      !isOutput(e) &&
      consumers(e).every((reader) => {
        if (reader.op === 'concat') return this.#form.isCoded(reader) && this.#isRounded(reader);
        return this.#form.end(reader) !== undefined || this.#form.up(reader) !== undefined;
      })
    );
  }

  #upParts(e: Expression) {
    const up = this.#form.up(e);
    const input = up && this.#sections(up.convolution.inputs[0]!);
    const range = up && this.#ranges.get(up.weights.attributes.name);
    return input?.length === 1 && range ? { ...up!, input: input[0]!, range } : undefined;
  }

  #up(e: Expression): boolean {
    const parts = this.#upParts(e);
    if (parts === undefined) return false;
    const { weights, bias, input, range } = parts;
    const value = integerUpConvolution(this.#context.graph, input, {
      name: weights.attributes.name,
      weights: numbersOf(weights),
      kernel: sizeOfMap(weights.shape),
      bias: bias && numbersOf(bias),
      coding: signedCoding(range),
    });
    this.#values.set(e.id, value);
    return true;
  }

  /** A convolution of one tap without a norm: a product in floating point, since its results are the logits. */
  #head(e: Expression): boolean {
    if (e.op !== 'convolution' || e.attributes.groups > 1) return false;
    const [x, weights, bias] = e.inputs as [Expression, Expression, Expression | undefined];
    const value = this.#values.get(x.id);
    const isProduct = weights.op === 'constant' && x.shape.slice(2).join() === e.shape.slice(2).join();
    if (value === undefined || !isProduct || weights.shape.slice(2).some((k) => k > 1)) return false;
    const { graph, plain } = this.#context;
    const [outputs, channels] = weights.shape as [number, number];
    const product = (coded: CodedValue, sign: number, sum: readonly string[]) => {
      const scaled = Array.from(numbersOf(weights), (w, i) => sign * w * coded.scales[i % channels]!);
      const factor = graph.constant(scaled, 'float32', [outputs, channels]);
      return graph.node('Gemm', [factor, codesFromZero(graph, coded), ...sum], { transB: 1 });
    };
    const shift = bias ? [graph.node('Reshape', [plain(bias), graph.constant([outputs, 1], 'int64')])] : [];
    const negative = this.#negative.get(x.id);
    const positive = product(value, 1, shift);
    const y = negative ? product(negative, -1, [positive]) : positive;
    this.#ordinary.set(e.id, graph.node('Reshape', [y, graph.constant(e.shape, 'int64')]));
    return true;
  }
}

const numbersOf = (e: Constant) => Float64Array.from(e.attributes.value.data as Float32Array, Number);

/** Depth, height and width of a convolution; the depth of a plane is one tap. */
function axesOf(
  weights: Constant,
  { stride, padding }: ConvolutionGeometry,
): [AxisGeometry, AxisGeometry, AxisGeometry] {
  const axes = stride.map((s, i) => ({ kernel: weights.shape[i + 2]!, stride: s, padding: padding[i]! }));
  const all = axes.length === 2 ? [{ kernel: 1, stride: 1, padding: 0 }, ...axes] : axes;
  return all as [AxisGeometry, AxisGeometry, AxisGeometry];
}
