import type { Expression, ExpressionOf } from '../expression.ts';
import type { Lowering, LoweringContext, LoweringFactory } from '../lowering.ts';
import { BlockedValues } from './blocked-values.ts';
import { isWideOperator, overChannels, type WideOperator, wideElementwise } from './broadcast.ts';
import { isChannelSlice } from './channel-slices.ts';
import { channelSums, channelSumsOfSamples } from './channel-sums.ts';
import { channelSection, elementwise, gelu, geluGradient, leakyReluGradient } from './elementwise.ts';
import { averagePool, interpolate } from './interpolate.ts';
import type { BlockedValue } from './layout.ts';
import { lowerConvolution, lowerInputGradient, lowerWeightGradient } from './lower-convolution.ts';
import { NormLowering } from './lower-norm.ts';
import { softmaxOverAxis } from './softmax.ts';

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
  readonly #values: BlockedValues;
  readonly #norms: NormLowering;

  constructor(context: LoweringContext, block: number) {
    if (context.floatType !== 'float32') throw new TypeError('the blocked operators exist only in float32');
    this.#context = context;
    this.#values = new BlockedValues(context, block);
    this.#norms = new NormLowering(this.#values);
  }

  emit(e: Expression): boolean {
    if (this.#values.has(e)) return true;
    switch (e.op) {
      case 'convolution':
        return lowerConvolution(this.#values, e);
      case 'convolutionInputGradient':
        return lowerInputGradient(this.#values, e);
      case 'convolutionWeightGradient':
        return lowerWeightGradient(this.#values, e);
      case 'instanceNorm':
        return this.#norms.norm(e);
      case 'instanceNormGradient':
        return this.#norms.gradient(e);
      case 'concat':
        if (e.attributes.axis !== 1 || !e.inputs.every((i) => this.#values.isBlocked(i))) return false;
        this.#values.defer(e);
        return true;
      case 'slice':
        return this.#slice(e);
      case 'sum':
        return this.#sum(e);
      case 'softmax':
      case 'logSoftmax':
        this.#values.setOrdinary(e, softmaxOverAxis(this.#context.graph, this.#context.plain(e.inputs[0]!), e));
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
    return this.#values.toPlain(e);
  }

  leaves(e: Expression): boolean {
    return this.#values.isWide(e) && e.inputs.some((i) => this.#values.isBlocked(i));
  }

  #slice(e: ExpressionOf<'slice'>): boolean {
    const value = this.#values.get(e.inputs[0]!);
    if (value === undefined || !isChannelSlice(e)) return false;
    const section = channelSection(this.#values.blocks, value, e.attributes.starts[1]!, e.shape[1]!);
    if (section === undefined) return false;
    this.#values.set(e, section);
    return true;
  }

  /** Sums over samples and space (the gradient of a bias), over space, or over the channels. */
  #sum(e: ExpressionOf<'sum'>): boolean {
    const x = e.inputs[0]!;
    const value = this.#values.get(x);
    const { axes, keepDims } = e.attributes;
    if (value === undefined) return false;
    if (axes.length === 1 && axes[0] === 1 && keepDims && this.#values.isWide(x)) {
      this.#values.set(e, overChannels(this.#values.blocks, value));
      return true;
    }
    const whole = x.shape.every((n, axis) => axis < 2 || n === 1 || axes.includes(axis));
    if (!whole || axes.includes(1)) return false;
    const overSamples = axes.includes(0);
    if (keepDims || !overSamples ? !this.#values.isWide(x) : axes.length !== x.shape.length - 1) return false;
    const sums = overSamples
      ? channelSums(this.#values.blocks, value)
      : channelSumsOfSamples(this.#values.blocks, value);
    this.#values.setOrdinary(e, overSamples && !keepDims ? sums : this.#values.blocks.reshape(sums, e.shape));
    return true;
  }

  /** Whether a comparison is only read as numbers, which exist in blocks (other than booleans). */
  #isMask(e: Expression): boolean {
    const { consumers, isOutput } = this.#context;
    return !isOutput(e) && consumers(e).every((reader) => reader.op === 'cast' && reader.type === 'float');
  }

  /** An elementwise operator of values that are blocked already. */
  #wide(e: WideOperator): boolean {
    if (!this.#values.isWide(e)) return false;
    const result = wideElementwise(this.#values.blocks, e, {
      valueOf: (i) => this.#values.get(i),
      mapOf: (i) => this.#values.blocked(i),
      plain: this.#context.plain,
    });
    if (result !== undefined) this.#values.set(e, result);
    return result !== undefined;
  }

  #interpolate(e: ExpressionOf<'interpolate' | 'interpolateGradient'>): boolean {
    const x = this.#values.get(e.inputs[0]!);
    if (x === undefined || !this.#values.isWide(e)) return false;
    this.#values.set(e, interpolate(this.#values.blocks, x, e));
    return true;
  }

  #averagePool(e: ExpressionOf<'averagePool'>): boolean {
    const x = this.#values.get(e.inputs[0]!);
    if (x === undefined || !this.#values.isWide(e)) return false;
    this.#values.set(e, averagePool(this.#values.blocks, x, e));
    return true;
  }

  #elementwise(e: Elementwise): boolean {
    if (e.inputs.some((i) => !this.#values.isBlocked(i) || i.shape.join() !== e.shape.join())) return false;
    const [a, b] = e.inputs.map((i) => this.#values.blocked(i)) as [BlockedValue, BlockedValue];
    this.#values.set(e, this.#elementwiseValue(e, a, b));
    return true;
  }

  #elementwiseValue(e: Elementwise, a: BlockedValue, b: BlockedValue): BlockedValue {
    if (e.op === 'add') return elementwise(this.#values.blocks, 'Add', [a, b]);
    if (e.op === 'gelu') return gelu(this.#values.blocks, a);
    if (e.op === 'geluGradient') return geluGradient(this.#values.blocks, a, b);
    if (e.op === 'leakyReluGradient') return leakyReluGradient(this.#values.blocks, a, b, e.attributes.slope);
    return elementwise(this.#values.blocks, 'LeakyRelu', [a], { alpha: { float: e.attributes.slope } });
  }
}
