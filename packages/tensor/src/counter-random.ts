import { philox } from './philox.ts';
import { TAIL, ziggurat } from './ziggurat.ts';

/** Identifies one stream of random numbers, e.g. (seed, epoch, iteration, sample, 'rotation'). */
export type RandomKey = readonly (number | string)[];

/**
 * Random numbers that depend only on a key and on how many were drawn: streams with different keys are independent,
 * whatever thread they are drawn in and in whatever order.
 */
export class CounterRandom {
  readonly #counter = new Uint32Array(4);
  readonly #key0: number;
  readonly #key1: number;
  readonly #block = new Uint32Array(4);
  #used = 4;

  constructor(key: RandomKey) {
    const hash = hashKey(key);
    this.#key0 = hash[0]!;
    this.#key1 = hash[1]!;
    this.#counter[2] = hash[2]!;
    this.#counter[3] = hash[3]!;
  }

  /** Returns the next 32 random bits as an unsigned integer. */
  bits(): number {
    if (this.#used === 4) {
      philox(this.#counter, this.#key0, this.#key1, this.#block);
      this.#counter[0]!++;
      if (this.#counter[0] === 0) this.#counter[1]!++;
      this.#used = 0;
    }
    return this.#block[this.#used++]!;
  }

  /** Uniform in [0, 1), 53 bits. */
  uniform(): number {
    const a = this.bits() >>> 5;
    const b = this.bits() >>> 6;
    return (a * 67108864 + b) / 9007199254740992;
  }

  /** Uniform from `a` (included) to `b`. */
  uniformBetween(a: number, b: number): number {
    return a + (b - a) * this.uniform();
  }

  /** Uniform integer from 0 to n − 1, exactly equally likely, for n from 1 to 2³². */
  integer(n: number): number {
    if (!(n >= 1 && n <= 2 ** 32) || !Number.isInteger(n)) throw new RangeError(`no integers below ${n}`);
    const limit = Math.floor(2 ** 32 / n) * n;
    let value: number;
    do value = this.bits();
    while (value >= limit);
    return value % n;
  }

  /** True with probability `p`. */
  chance(p: number): boolean {
    return this.uniform() < p;
  }

  /** The integers from 0 to n − 1 in random order. */
  permutation(n: number): Int32Array {
    const items = new Int32Array(n);
    for (let i = 0; i < n; i++) {
      const j = this.integer(i + 1);
      items[i] = items[j]!;
      items[j] = i;
    }
    return items;
  }

  /** Normal with mean 0 and standard deviation 1. */
  normal(): number {
    const { x, y } = ziggurat();
    for (;;) {
      const word = this.bits();
      const layer = word & 255;
      // 24 bits, centred within their step so that neither 0 nor a layer's edge is hit
      const u = ((word >>> 8) - 8388607.5) / 8388608;
      const value = u * x[layer]!;
      if (Math.abs(value) < x[layer + 1]!) return value;
      if (layer === 0) return this.#tail(value < 0);
      if (y[layer]! + this.uniform() * (y[layer + 1]! - y[layer]!) < Math.exp(-0.5 * value * value)) return value;
    }
  }

  /** Beyond the last layer (Marsaglia 1964). */
  #tail(negative: boolean): number {
    let a: number;
    let b: number;
    do {
      a = -Math.log(1 - this.uniform()) / TAIL;
      b = -Math.log(1 - this.uniform());
    } while (2 * b < a * a);
    return negative ? -TAIL - a : TAIL + a;
  }

  /** Fills an array with normally distributed numbers of mean 0 and standard deviation `sd`. */
  fillNormal(out: Float32Array, sd = 1): Float32Array {
    for (let i = 0; i < out.length; i++) out[i] = this.normal() * sd;
    return out;
  }

  /** Fills an array with uniform numbers from `a` to `b`. */
  fillUniform(out: Float32Array, a = 0, b = 1): Float32Array {
    for (let i = 0; i < out.length; i++) out[i] = a + (b - a) * ((this.bits() >>> 8) / 16777216);
    return out;
  }
}

/**
 * Returns the random stream of a key of numbers and strings, e.g. `counterRandom(seed, epoch, iteration, sample,
 * 'noise')`. The same key yields the same numbers on every machine.
 */
export function counterRandom(...key: RandomKey): CounterRandom {
  return new CounterRandom(key);
}

/**
 * Hashes a key to 128 bits, with one Philox block per number or per two characters, each block marked by type and
 * position.
 */
function hashKey(key: RandomKey): Uint32Array {
  const state = new Uint32Array(4);
  const block = new Uint32Array(4);
  const out = new Uint32Array(4);
  const absorb = (kind: number, low: number, high: number) => {
    block[0] = state[0]! ^ low;
    block[1] = state[1]! ^ high;
    block[2] = state[2]! ^ kind;
    block[3] = state[3]!;
    philox(block, 0x6e6e556e, 0x65742121, out);
    for (let i = 0; i < 4; i++) state[i] = block[i]! ^ out[i]!;
  };
  const double = new Float64Array(1);
  const words = new Uint32Array(double.buffer);
  for (const part of key) {
    if (typeof part === 'string') {
      absorb(2, part.length, 0);
      for (let i = 0; i < part.length; i += 2)
        absorb(3, part.charCodeAt(i), i + 1 < part.length ? part.charCodeAt(i + 1) : 0);
    } else {
      if (Number.isNaN(part)) throw new RangeError('NaN cannot be part of a random key');
      double[0] = part + 0;
      absorb(1, words[0]!, words[1]!);
    }
  }
  absorb(4, key.length, 0);
  return state;
}
