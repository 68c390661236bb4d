import type { Expression } from '@nnunet/autodiff';
import { add, divide, maximum, multiply, sqrt, square, sum } from '@nnunet/autodiff/operators';
import { NnUNetError } from '@nnunet/errors';
import { messageOf } from '@nnunet/errors/internal';
import { total } from './forward.ts';
import type { ParameterShape } from './parameters.ts';

/** One step of an optimiser for one parameter. */
export interface OptimizerStep<Kept extends string = string, Common extends string = string> {
  /** Name of the parameter in a PyTorch state dict. Its shape is that of `weight`. */
  name: string;
  weight: Expression;
  /** Gradient for the whole batch, before clipping; undefined if it is always zero (a bias before a norm). */
  gradient: Expression | undefined;
  /** A scalar that the gradient is multiplied by to clip it, see `clipNorm`. */
  factor: Expression;
  /** The values kept for this parameter, before the step. At the start of a training they are 0. */
  state: Readonly<Record<Kept, Expression>>;
  /** The values kept for the training as a whole, before the step. At the start of a training they are 0. */
  common: Readonly<Record<Common, Expression>>;
  /** Learning rate, a scalar. */
  rate: Expression;
}

/**
 * The rule by which a training step changes the weights, written with the operators of `@nnunet/autodiff/operators`.
 * Methods read the settings from `this`, so that `{ ...optimizer, momentum: 0.9 }` is the same rule with another
 * setting.
 */
export interface Optimizer<Kept extends string = string, Common extends string = string> {
  /** For messages; the same in all phases of a training. */
  readonly name: string;
  /** If the optimiser has a momentum: lowered if nothing was learnt by epoch 100 (see a trainer's `rescue`). */
  readonly momentum?: number;
  readonly weightDecay?: number;
  /** Maximum norm of all gradients together. Default: no clipping. */
  readonly clipNorm?: number;
  /** Shapes of the values kept between steps for a parameter, by name; stored in checkpoints. */
  state(parameter: ParameterShape): Readonly<Record<Kept, readonly number[]>>;
  /** Computes the next weight and the next values of the same names and shapes. */
  step(parameter: OptimizerStep<Kept, Common>): { weight: Expression; state: Readonly<Record<Kept, Expression>> };
  /** Shapes of the values kept for the training as a whole, by name, such as the number of steps. */
  readonly common?: Readonly<Record<Common, readonly number[]>>;
  /** Computes their next values, once per step. */
  nextCommon?(common: Readonly<Record<Common, Expression>>): Readonly<Record<Common, Expression>>;
}

/** Returns the L2 norm of all gradients as one vector: a scalar. */
export function gradientNorm(gradients: readonly Expression[]): Expression {
  return sqrt(total(gradients.map((g) => sum(square(g)))));
}

/** Returns the factor of PyTorch's clip_grad_norm_: min(1, limit / (norm + 1e-6)). */
export function clipFactor(norm: Expression, limit: number): Expression {
  return divide(1, maximum(multiply(add(norm, 1e-6), 1 / limit), 1));
}

/**
 * @param what the values are, for messages
 * @param expected names and shapes of the values
 * @throws NnUNetError 'bad-optimizer' if a value is missing, unexpected, or of another shape or type
 */
export function checkValues(
  { name: where }: Optimizer,
  what: string,
  expected: Readonly<Record<string, readonly number[]>>,
  values: Readonly<Record<string, Expression>> = {},
): void {
  for (const name of new Set([...Object.keys(expected), ...Object.keys(values)])) {
    const [shape, value] = [expected[name], values[name]];
    const found = Array.isArray(value?.shape) ? `${value.type} ${inWords(value.shape)}` : String(value ?? 'nothing');
    const wanted = shape === undefined ? 'nothing' : `float ${inWords(shape)}`;
    if (found !== wanted) throw badOptimizer(where, `${what}, "${name}": ${wanted} expected, found ${found}`);
  }
}

/** Calls a method of an optimiser. @throws NnUNetError 'bad-optimizer' if it fails or does not exist */
export function callOptimizer<T>({ name: where }: Optimizer, what: string, method: () => T): T {
  try {
    return method();
  } catch (cause) {
    throw badOptimizer(where, `${what}: ${messageOf(cause)}`, cause);
  }
}

export function badOptimizer(where: string, what: string, cause?: unknown): NnUNetError {
  return new NnUNetError('bad-optimizer', {
    what,
    where,
    remedy: 'Correct the optimiser. Nothing was trained.',
    cause,
  });
}

function inWords(shape: readonly number[]): string {
  return `(${shape.join(' x ')})`;
}
