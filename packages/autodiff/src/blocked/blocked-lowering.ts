import type { ConvolutionGeometry, Expression, ExpressionOf } from '../expression.ts';
import type { Lowering, LoweringContext, LoweringFactory } from '../lowering.ts';
import { type AxisRule, type AxisRules, isSupportedAxis, trivialAxis } from './axis-rule.ts';
import { Blocks } from './blocks.ts';
import { isWideOperator, overChannels, type WideOperator, wideElementwise } from './broadcast.ts';
import { channelSlices, isChannelSlice } from './channel-slices.ts';
import { channelSums, channelSumsOfSamples } from './channel-sums.ts';
import { convolution } from './convolution.ts';
import { channelSection, elementwise, gelu, geluGradient, leakyReluGradient } from './elementwise.ts';
import {
  type Grouping,
  groupedAxes,
  groupedConvolution,
  groupedInputGradient,
  groupedWeightGradient,
} from './grouped.ts';
import { inputGradient } from './input-gradient.ts';
import { instanceNorm, instanceNormGradient, type NormStatistics, normStatistics } from './instance-norm.ts';
import { averagePool, interpolate } from './interpolate.ts';
import { type BlockedValue, fromPlain, thickened, toPlain } from './layout.ts';
import { softmaxOverAxis } from './softmax.ts';
import { weightGradient } from './weight-gradient.ts';

/**
 * Lowers convolutions, norms and the operators between them to the channel-blocked layout of ONNX Runtime's CPU
 * provider. The operators are internal to the provider: use this only with a version that passes the probe
 * (`blockSizeProbe`) and a comparison with the plain lowering. Values are converted, at most once, where an operator
 * has no blocked form.
 * @param block the provider's block size on this machine (`blockSizeOf`)
 */
export function blockedLowering(block: number): LoweringFactory {
  return (context) => new BlockedLowering(context, block);
}

type Elementwise = Extract<Expression, { op: 'add' | 'gelu' | 'geluGradient' | 'leakyRelu' | 'leakyReluGradient' }>;

class BlockedLowering implements Lowering {
  readonly #context: LoweringContext;
  readonly #blocks: Blocks;
  readonly #values = new Map<number, BlockedValue>();
  /** Results that are produced in the ordinary layout: weight gradients and sums. */
  readonly #ordinary = new Map<number, string>();
  /** Channel concatenations that have not been needed as a whole so far. */
  readonly #deferred = new Set<number>();
  readonly #statistics = new Map<string, NormStatistics>();

  constructor(context: LoweringContext, block: number) {
    if (context.floatType !== 'float32') throw new TypeError('the blocked operators exist only in float32');
    this.#context = context;
    this.#blocks = new Blocks(context.graph, block);
  }

  emit(e: Expression): boolean {
    if (this.#values.has(e.id) || this.#ordinary.has(e.id)) return true;
    switch (e.op) {
      case 'convolution':
        return this.#convolution(e);
      case 'convolutionInputGradient':
        return this.#inputGradient(e);
      case 'convolutionWeightGradient':
        return this.#weightGradient(e);
      case 'instanceNorm':
        return this.#instanceNorm(e);
      case 'instanceNormGradient':
        return this.#instanceNormGradient(e);
      case 'concat':
        if (e.attributes.axis !== 1 || !e.inputs.every((i) => this.#isBlocked(i))) return false;
        this.#deferred.add(e.id);
        return true;
      case 'slice':
        return this.#slice(e);
      case 'sum':
        return this.#sum(e);
      case 'softmax':
      case 'logSoftmax':
        this.#ordinary.set(e.id, softmaxOverAxis(this.#context.graph, this.#context.plain(e.inputs[0]!), e));
        return true;
      case 'add':
        return this.#elementwise(e) || this.#wide(e);
      case 'gelu':
      case 'geluGradient':
      case 'leakyRelu':
      case 'leakyReluGradient':
        return this.#elementwise(e);
      case 'greater':
        return this.#isMask(e) && this.#wide(e);
      case 'cast':
        return e.inputs[0]!.op === 'greater' && this.#wide(e);
      case 'interpolate':
      case 'interpolateGradient':
        return this.#interpolate(e);
      case 'averagePool':
        return this.#averagePool(e);
      default:
        return isWideOperator(e) && this.#wide(e);
    }
  }

  toPlain(e: Expression): string {
    const ordinary = this.#ordinary.get(e.id);
    if (ordinary !== undefined) return ordinary;
    const value = this.#values.get(e.id);
    if (value !== undefined) return toPlain(this.#blocks, value, e.shape.length);
    if (!this.#deferred.has(e.id)) throw new Error(`${e.op} has no value`);
    return this.#context.graph.node(
      'Concat',
      e.inputs.map((i) => this.#context.plain(i)),
      { axis: 1 },
    );
  }

  leaves(e: Expression): boolean {
    return this.#isWide(e) && e.inputs.some((i) => this.#isBlocked(i));
  }

  #isBlocked(e: Expression): boolean {
    return this.#values.has(e.id) || this.#deferred.has(e.id);
  }

  #blocked(e: Expression): BlockedValue {
    const known = this.#values.get(e.id);
    if (known !== undefined) return known;
    const value = fromPlain(this.#blocks, this.#context.plain(e), e.shape);
    this.#values.set(e.id, value);
    return value;
  }

  /** The value itself, or the values that it concatenates. */
  #sections(e: Expression): Expression[] {
    return this.#deferred.has(e.id) ? e.inputs.flatMap((i) => this.#sections(i)) : [e];
  }

  /** Returns the rules of depth, height and width, or undefined if the blocked kernels do not support one of them. */
  #axisRules(
    weights: readonly number[],
    geometry: ConvolutionGeometry,
    { x, y }: { x: Expression; y: Expression },
  ): AxisRules | undefined {
    const { shape } = x;
    if (shape.length !== 4 && shape.length !== 5) return undefined;
    const { stride, padding, groups } = geometry;
    const isSupported = groups === 1 ? isSupportedAxis : groupedAxes(this.#blocks.block, groupingOf(geometry, x, y));
    const axes: AxisRule[] = stride.map((s, i) => ({ kernel: weights[i + 2]!, stride: s, padding: padding[i]! }));
    if (isSupported === undefined || !axes.every((axis, i) => isSupported(axis, shape[i + 2]!))) return undefined;
    return (axes.length === 2 ? [trivialAxis, ...axes] : axes) as unknown as AxisRules;
  }

  #convolution(e: ExpressionOf<'convolution'>): boolean {
    const [x, weights, bias] = e.inputs as [Expression, Expression, Expression | undefined];
    const rules = this.#axisRules(weights.shape, e.attributes, { x, y: e });
    if (rules === undefined) return false;
    if (e.attributes.groups > 1) {
      const options = {
        rules,
        ...groupingOf(e.attributes, x, e),
        ...(bias ? { bias: this.#context.plain(bias) } : {}),
      };
      this.#values.set(e.id, groupedConvolution(this.#blocks, this.#blocked(x), this.#context.plain(weights), options));
      return true;
    }
    const inputs = this.#sections(x).map((section) => this.#blocked(section));
    this.#values.set(
      e.id,
      convolution(this.#blocks, inputs, this.#context.plain(weights), {
        rules,
        outputs: e.shape[1]!,
        ...(bias ? { bias: this.#context.plain(bias) } : {}),
      }),
    );
    return true;
  }

  #inputGradient(e: ExpressionOf<'convolutionInputGradient'>): boolean {
    const [dy, weights] = e.inputs as [Expression, Expression];
    const rules = this.#axisRules(weights.shape, e.attributes, { x: e, y: dy });
    if (rules === undefined) return false;
    const weightsName = this.#context.plain(weights);
    if (e.attributes.groups > 1) {
      const wait = this.#context.order.wait('int64');
      const options = { rules, ...groupingOf(e.attributes, e, dy), ...(wait ? { wait } : {}) };
      this.#values.set(e.id, groupedInputGradient(this.#blocks, this.#blocked(dy), weightsName, options));
      return true;
    }
    const readers = this.#context.isOutput(e) ? [] : channelSlices(this.#context.consumers(e), e.shape[1]!);
    const sections = readers.length > 0 ? readers.map((r) => r.shape[1]!) : [e.shape[1]!];
    const wait = this.#context.order.wait('int64');
    const options = { rules, sections, ...(wait ? { wait } : {}) };
    const results = inputGradient(this.#blocks, this.#blocked(dy), weightsName, options);
    const owners = readers.length > 0 ? readers : [e];
    for (const [i, owner] of owners.entries()) this.#values.set(owner.id, results[i]!);
    // The sections share the transforms of dy, so all are computed now, not when each is needed.
    for (const { parts } of results.slice(1)) for (const part of parts) this.#context.order.record(part);
    return true;
  }

  #weightGradient(e: ExpressionOf<'convolutionWeightGradient'>): boolean {
    const [x, dy] = e.inputs as [Expression, Expression];
    const rules = this.#axisRules(e.shape, e.attributes, { x, y: dy });
    if (rules === undefined) return false;
    if (e.attributes.groups > 1) {
      const options = { rules, ...groupingOf(e.attributes, x, dy) };
      const all = groupedWeightGradient(this.#blocks, this.#blocked(x), this.#blocked(dy), options);
      this.#ordinary.set(e.id, this.#blocks.reshape(all, e.shape));
      this.#context.order.record(all);
      return true;
    }
    const gradients = this.#sections(x).map((section) =>
      weightGradient(this.#blocks, this.#blocked(section), this.#blocked(dy), rules),
    );
    const { graph } = this.#context;
    const all = gradients.length === 1 ? gradients[0]! : graph.node('Concat', gradients, { axis: 1 });
    this.#ordinary.set(e.id, this.#blocks.reshape(all, e.shape));
    this.#context.order.record(all);
    return true;
  }

  #instanceNorm(e: ExpressionOf<'instanceNorm'>): boolean {
    const [x, gamma, beta] = e.inputs as [Expression, Expression, Expression];
    if (!this.#isBlocked(x)) return false;
    const parameters = { gamma: this.#context.plain(gamma), beta: this.#context.plain(beta) };
    const { value, statistics } = instanceNorm(this.#blocks, this.#blocked(x), parameters, e.attributes);
    this.#values.set(e.id, value);
    this.#statistics.set(normKey(e), statistics);
    return true;
  }

  #instanceNormGradient(e: ExpressionOf<'instanceNormGradient'>): boolean {
    const [x, gamma, beta, dy] = e.inputs as [Expression, Expression, Expression, Expression];
    if (!this.#isBlocked(x)) return false;
    const value = thickened(this.#blocks, this.#blocked(x));
    const parameters = { gamma: this.#context.plain(gamma), beta: this.#context.plain(beta) };
    const statistics =
      this.#statistics.get(normKey(e)) ?? normStatistics(this.#blocks, value, parameters, e.attributes.epsilon);
    const inputs = { x: value, dy: this.#blocked(dy) };
    const wait = this.#context.order.wait('int64');
    const options = { ...e.attributes, ...(wait ? { wait } : {}) };
    const { dx, dgamma, dbeta } = instanceNormGradient(this.#blocks, inputs, statistics, options);
    for (const part of this.#context.consumers(e)) {
      if (part.op !== 'part') continue;
      if (part.attributes.index === 0) this.#values.set(part.id, dx);
      else this.#ordinary.set(part.id, part.attributes.index === 1 ? dgamma : dbeta);
    }
    return true;
  }

  #slice(e: ExpressionOf<'slice'>): boolean {
    const x = e.inputs[0]!;
    if (!this.#values.has(x.id) || !isChannelSlice(e)) return false;
    const section = channelSection(this.#blocks, this.#values.get(x.id)!, e.attributes.starts[1]!, e.shape[1]!);
    if (section === undefined) return false;
    this.#values.set(e.id, section);
    return true;
  }

  /** Sums over samples and space (the gradient of a bias), over space, or over the channels. */
  #sum(e: ExpressionOf<'sum'>): boolean {
    const x = e.inputs[0]!;
    const value = this.#values.get(x.id);
    const { axes, keepDims } = e.attributes;
    if (value === undefined) return false;
    if (axes.length === 1 && axes[0] === 1 && keepDims && this.#isWide(x)) {
      this.#values.set(e.id, overChannels(this.#blocks, value));
      return true;
    }
    const whole = x.shape.every((n, axis) => axis < 2 || n === 1 || axes.includes(axis));
    if (!whole || axes.includes(1)) return false;
    const overSamples = axes.includes(0);
    if (keepDims || !overSamples ? !this.#isWide(x) : axes.length !== x.shape.length - 1) return false;
    const sums = overSamples ? channelSums(this.#blocks, value) : channelSumsOfSamples(this.#blocks, value);
    this.#ordinary.set(e.id, overSamples && !keepDims ? sums : this.#blocks.reshape(sums, e.shape));
    return true;
  }

  /** Whether a value of this shape fills at least one block of channels, so that staying blocked is not wasteful. */
  #isWide({ shape }: Expression): boolean {
    return (shape.length === 4 || shape.length === 5) && shape[1]! >= this.#blocks.block;
  }

  /** Whether a comparison is only read as numbers, which exist in blocks (other than booleans). */
  #isMask(e: Expression): boolean {
    const { consumers, isOutput } = this.#context;
    return !isOutput(e) && consumers(e).every((reader) => reader.op === 'cast' && reader.type === 'float');
  }

  /** An elementwise operator of values that are blocked already. */
  #wide(e: WideOperator): boolean {
    if (!this.#isWide(e)) return false;
    const result = wideElementwise(this.#blocks, e, {
      valueOf: (i) => this.#values.get(i.id),
      mapOf: (i) => this.#blocked(i),
      plain: this.#context.plain,
    });
    if (result !== undefined) this.#values.set(e.id, result);
    return result !== undefined;
  }

  #interpolate(e: ExpressionOf<'interpolate' | 'interpolateGradient'>): boolean {
    const x = this.#values.get(e.inputs[0]!.id);
    if (x === undefined || !this.#isWide(e)) return false;
    this.#values.set(e.id, interpolate(this.#blocks, x, e));
    return true;
  }

  #averagePool(e: ExpressionOf<'averagePool'>): boolean {
    const x = this.#values.get(e.inputs[0]!.id);
    if (x === undefined || !this.#isWide(e)) return false;
    this.#values.set(e.id, averagePool(this.#blocks, x, e));
    return true;
  }

  #elementwise(e: Elementwise): boolean {
    if (e.inputs.some((i) => !this.#isBlocked(i) || i.shape.join() !== e.shape.join())) return false;
    const [a, b] = e.inputs.map((i) => this.#blocked(i)) as [BlockedValue, BlockedValue];
    this.#values.set(e.id, this.#elementwiseValue(e, a, b));
    return true;
  }

  #elementwiseValue(e: Elementwise, a: BlockedValue, b: BlockedValue): BlockedValue {
    if (e.op === 'add') return elementwise(this.#blocks, 'Add', [a, b]);
    if (e.op === 'gelu') return gelu(this.#blocks, a);
    if (e.op === 'geluGradient') return geluGradient(this.#blocks, a, b);
    if (e.op === 'leakyReluGradient') return leakyReluGradient(this.#blocks, a, b, e.attributes.slope);
    return elementwise(this.#blocks, 'LeakyRelu', [a], { alpha: { float: e.attributes.slope } });
  }
}

function normKey({
  inputs: [x, gamma, beta],
  attributes,
}: ExpressionOf<'instanceNorm' | 'instanceNormGradient'>): string {
  return [x!.id, gamma!.id, beta!.id, attributes.epsilon].join();
}

function groupingOf({ groups }: ConvolutionGeometry, x: Expression, y: Expression): Grouping {
  return { channels: x.shape[1]!, outputs: y.shape[1]!, groups };
}
