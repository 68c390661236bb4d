import { counterRandom, sizeOf } from '@nnunet/tensor';

export interface ParameterShape {
  /** Name in a PyTorch state dict. */
  name: string;
  /** Convolutions (out, in, …kernel), transposed convolutions (in, out, …kernel), biases and norms (channels). */
  shape: number[];
  /** Running mean or variance of a batch norm: not trained, has no momentum. */
  statistic?: true;
}

/**
 * Values of a parameter at the start of a training: all the same; He's normal distribution for a leaky ReLU of this
 * slope (fan: shape[1] times the kernel); a normal distribution with this standard deviation; a uniform one from
 * -limit to limit; or given values.
 */
export type ParameterStart =
  | number
  | { he: number }
  | { normal: number }
  | { uniform: number }
  | { values: ArrayLike<number> };

/** A parameter of a network and how its training treats it. */
export interface NetworkParameter extends ParameterShape {
  start: ParameterStart;
  /** Belongs to a norm: kept if a network that has learnt nothing is drawn again. */
  ofNorm?: true;
  /** A bias that a norm cancels: it has no gradient, but decays. */
  cancelled?: true;
}

const kinds = ['he', 'normal', 'uniform', 'values'];

/** @throws RangeError for a start that does not fit the parameter, or of no known kind, or a name that no file can hold */
export function requireParameter({ name, shape, start }: NetworkParameter): void {
  if (name === '__proto__') throw new RangeError('a parameter cannot be called __proto__');
  const found = typeof start === 'object' ? Object.keys(start ?? {}) : [];
  if (typeof start !== 'number' && (found.length !== 1 || !kinds.includes(found[0]!)))
    throw new RangeError(`${name} starts at ${JSON.stringify(start)}: a number, or one of he, normal, uniform, values`);
  if (typeof start === 'object' && 'values' in start) {
    const { values } = start;
    if (values.length !== sizeOf(shape)) {
      throw new RangeError(`${name} has the shape ${shape.join('x')}, but ${values.length} initial values`);
    }
    const at = Array.prototype.findIndex.call(values, (value) => !Number.isFinite(value));
    if (at >= 0) throw new RangeError(`initial value ${at} of ${name} is ${values[at]}`);
    return;
  }
  const number = typeof start === 'object' ? Object.values(start)[0] : start;
  if (!Number.isFinite(number)) throw new RangeError(`${name} starts at ${JSON.stringify(start)}`);
}

/**
 * Returns the values of a parameter at the start of a training.
 *
 * @param seed the same seed gives the same weights on every machine
 * @param slope of He's rule, instead of the parameter's own
 */
export function startValues({ name, shape, start }: NetworkParameter, seed: number, slope?: number): Float32Array {
  const data = new Float32Array(sizeOf(shape));
  if (typeof start === 'number') return data.fill(start);
  if ('values' in start) return Float32Array.from(start.values);
  const random = counterRandom(seed, 'weights', name);
  if ('uniform' in start) return data.map(() => (2 * random.uniform() - 1) * start.uniform);
  const deviation =
    'normal' in start ? start.normal : Math.sqrt(2 / (1 + (slope ?? start.he) ** 2) / sizeOf(shape.slice(1)));
  return random.fillNormal(data, deviation);
}
