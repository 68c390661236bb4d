import { sizeOf } from '@nnunet/tensor';
import type { Expression, ExpressionOf } from '../expression.ts';
import { reachable, readersOf } from '../reachable.ts';

/** Lowest and highest value of each channel of a value; one number for an input. */
export interface ChannelRange {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Ranges of a network's values by name, for the names of {@link integerSites}. */
export type ActivationRanges = ReadonlyMap<string, ChannelRange>;

/** Who reads a value: the part of a lowering's context that decides on the integer form. */
export interface Readers {
  consumers(expression: Expression): readonly Expression[];
  isOutput(expression: Expression): boolean;
}

type NamedConstant = ExpressionOf<'constant'> & { attributes: { name: string } };

/** A convolution and the norm, with its activation, that alone reads it. */
export interface NormalisedConvolution {
  convolution: ExpressionOf<'convolution'>;
  weights: NamedConstant;
  norm: ExpressionOf<'instanceNorm'>;
  gamma: NamedConstant;
  beta: ExpressionOf<'constant'>;
}

/** A transposed convolution, kernel = stride, with the bias that may be added to it. */
export interface IntegerUp {
  convolution: ExpressionOf<'convolutionInputGradient'>;
  weights: NamedConstant;
  bias: ExpressionOf<'constant'> | undefined;
}

/**
 * Greatest slope of a leaky ReLU that has an integer form. What it leaves of negative values, 0.01 of them, is mostly less
 * than a step of the 8-bit values: they are held apart, with a step of their own, or left out.
 */
const steepest = 0.02;

/** Decides which values of a graph are held as 8-bit integers. */
export class IntegerForm {
  readonly #readers: Readers;
  readonly #coded = new Map<number, boolean>();

  constructor(readers: Readers) {
    this.#readers = readers;
  }

  /** Whether the value is held as integers: an input, a norm after a convolution, an up-convolution or their joins. */
  isCoded(e: Expression): boolean {
    let coded = this.#coded.get(e.id);
    if (coded === undefined) {
      coded =
        this.normalised(e) !== undefined ||
        this.up(e) !== undefined ||
        (e.op === 'input' && e.type === 'float' && isMap(e)) ||
        (e.op === 'concat' && e.attributes.axis === 1 && e.inputs.every((i) => this.isCoded(i)));
      this.#coded.set(e.id, coded);
    }
    return coded;
  }

  /** Returns the norm, or the sum with a bias, that a convolution is written with; undefined if it is written alone. */
  end(e: Expression): Expression | undefined {
    if (e.op !== 'convolution' && !isUp(e)) return;
    const [reader] = this.#readers.consumers(e);
    if (reader === undefined) return;
    return this.normalised(reader)?.convolution === e || (reader.op === 'add' && this.up(reader)) ? reader : undefined;
  }

  /** Returns the convolution that a norm follows, if the two have an integer form. */
  normalised(e: Expression): NormalisedConvolution | undefined {
    if (e.op !== 'instanceNorm' || !(e.attributes.negativeSlope >= 0 && e.attributes.negativeSlope <= steepest)) return;
    const [convolution, gamma, beta] = e.inputs as [Expression, Expression, Expression];
    if (
      convolution.op !== 'convolution' ||
      !isNamed(gamma) ||
      beta.op !== 'constant' ||
      !this.#isOnlyRead(convolution, e)
    )
      return;
    const [x, weights, bias] = convolution.inputs as [Expression, Expression, Expression | undefined];
    if (bias !== undefined || !isMap(x) || convolution.attributes.groups !== 1 || !isNamed(weights) || !this.isCoded(x))
      return;
    return { convolution, weights, norm: e, gamma, beta };
  }

  /** Returns the up-convolution that ends in this value, if it has an integer form. */
  up(e: Expression): IntegerUp | undefined {
    if (e.op === 'add') {
      const [a, b] = e.inputs as [Expression, Expression];
      const [up, bias] = isUp(a) ? [a, b] : [b, a];
      const list = bias.op === 'reshape' ? bias.inputs[0]! : bias;
      if (!this.#isOnlyRead(up, e) || list.op !== 'constant' || !isPerChannel(bias, e)) return;
      const found = this.#bareUp(up);
      return found && { ...found, bias: list };
    }
    return this.end(e) === undefined ? this.#bareUp(e) : undefined;
  }

  #bareUp(e: Expression): IntegerUp | undefined {
    if (!isUp(e)) return;
    const [input, weights] = e.inputs as [Expression, Expression];
    if (!isMap(e) || !isNamed(weights) || !this.isCoded(input)) return;
    return { convolution: e, weights, bias: undefined };
  }

  #isOnlyRead(e: Expression, reader: Expression): boolean {
    const readers = this.#readers.consumers(e);
    return readers.length === 1 && readers[0] === reader && !this.#readers.isOutput(e);
  }
}

/** One sample with two or three spatial axes. */
const isMap = ({ shape }: Expression) => (shape.length === 4 || shape.length === 5) && shape[0] === 1;

/** Whether these are numbers for the channels of a map. */
const isPerChannel = ({ shape }: Expression, map: Expression) =>
  shape.length === map.shape.length && shape[1] === map.shape[1] && sizeOf(shape) === map.shape[1];

const isNamed = (e: Expression): e is NamedConstant => e.op === 'constant' && e.attributes.name !== undefined;

function isUp(e: Expression): e is ExpressionOf<'convolutionInputGradient'> {
  if (e.op !== 'convolutionInputGradient') return false;
  const { stride, padding, groups } = e.attributes;
  const kernel = e.inputs[1]!.shape.slice(2);
  const whole =
    e.shape.slice(2).join() ===
    e.inputs[0]!.shape.slice(2)
      .map((n, i) => n * stride[i]!)
      .join();
  return groups === 1 && whole && kernel.join() === stride.join() && padding.every((p) => p === 0);
}

/**
 * Returns the values whose ranges the integer lowering needs, by name: the inputs; by the names of their weights, the
 * results of convolutions before the norm and of up-convolutions; and by the names of their scales, the results of
 * norms. Empty if not all convolutions of more than one tap have an integer form: converting the values between the two
 * would cost what the integers save.
 */
export function integerSites(outputs: Readonly<Record<string, Expression>>): Map<string, Expression> {
  const expressions = reachable(Object.values(outputs));
  const readers = readersOf(expressions);
  const roots = new Set(Object.values(outputs));
  const form = new IntegerForm({ consumers: (e) => readers.get(e.id)!, isOutput: (e) => roots.has(e) });
  const sites: [string, Expression][] = [];
  const left = new Set<Expression>(expressions.filter(isSpatial));
  for (const e of expressions) {
    if (e.op === 'input' && form.isCoded(e)) sites.push([e.attributes.name, e]);
    const block = form.normalised(e);
    if (block) sites.push([block.weights.attributes.name, block.convolution], [block.gamma.attributes.name, e]);
    const up = form.up(e);
    if (up) sites.push([up.weights.attributes.name, e]);
    for (const done of [block?.convolution, up?.convolution]) if (done) left.delete(done);
  }
  const found = new Map(sites);
  return left.size === 0 && found.size === sites.length ? found : new Map();
}

/** Whether it is a convolution of more than one tap. */
function isSpatial(e: Expression): boolean {
  const convolves = e.op === 'convolution' || e.op === 'convolutionInputGradient';
  return convolves && e.inputs[1]!.shape.slice(2).some((k) => k > 1);
}
