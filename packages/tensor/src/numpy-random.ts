const N = 624;
const M = 397;

/**
 * NumPy's legacy generator `numpy.random.RandomState(seed)`: MT19937 with its scalar algorithms, which NumPy guarantees
 * not to change. nnU-Net's splits and class locations depend on it. New random choices use `counterRandom` instead.
 */
export class NumpyRandom {
  readonly #state = new Int32Array(N);
  readonly #block = new Uint32Array(N);
  #position = N;
  #spare: number | undefined;

  /** @param seed - integer from 0 to 2³² − 1 */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff)
      throw new RangeError(`seed ${seed} is not from 0 to 2^32 - 1`);
    const mt = this.#state;
    mt[0] = seed;
    for (let i = 1; i < N; i++) mt[i] = Math.imul(1812433253, mt[i - 1]! ^ (mt[i - 1]! >>> 30)) + i;
  }

  /** Returns the next 32 random bits as an unsigned integer. */
  bits(): number {
    if (this.#position === N) this.#refill();
    return this.#block[this.#position++]!;
  }

  #refill(): void {
    twist(this.#state);
    temper(this.#state, this.#block);
    this.#position = 0;
  }

  /** Uniform integer from 0 to `max`, both included: masked bits, drawn again if too large. For 0, nothing is drawn. */
  #bounded(max: number): number {
    if (max === 0) return 0;
    const mask = max >= 0x80000000 ? 0xffffffff : 2 ** (32 - Math.clz32(max)) - 1;
    let value: number;
    do value = (this.bits() & mask) >>> 0;
    while (value > max);
    return value;
  }

  /** `random_sample()`: uniform in [0, 1), 53 bits. */
  uniform(): number {
    const a = this.bits() >>> 5;
    const b = this.bits() >>> 6;
    return (a * 67108864 + b) / 9007199254740992;
  }

  /** `randint(low, high)`: uniform integer, including `low` but not `high`; at most 2³² values. */
  randint(low: number, high: number): number {
    if (!(high > low) || high - low > 2 ** 32) throw new RangeError(`no integers from ${low} to ${high}`);
    return low + this.#bounded(high - low - 1);
  }

  /**
   * `choice(n, draws)`, counted: how often each of the integers from 0 to n − 1 comes up in this many draws with
   * replacement. The same numbers as `randint(0, n)`, drawn `draws` times.
   */
  choiceCounts(n: number, draws: number): Uint32Array {
    const counts = new Uint32Array(n);
    if (n === 1) counts[0] = draws;
    if (n <= 1) return counts;
    const shift = Math.clz32(n - 1);
    const block = this.#block;
    for (let left = draws; left > 0; ) {
      if (this.#position === N) this.#refill();
      let at = this.#position;
      while (at < N && left > 0) {
        const value = (block[at++]! << shift) >>> shift;
        if (value >= n) continue;
        counts[value]!++;
        left--;
      }
      this.#position = at;
    }
    return counts;
  }

  /** `permutation(n)`: the integers from 0 to n − 1, shuffled. */
  shuffle(n: number): Int32Array {
    const items = new Int32Array(n);
    for (let i = 0; i < n; i++) items[i] = i;
    for (let i = n - 1; i > 0; i--) {
      const j = this.#bounded(i);
      const item = items[i]!;
      items[i] = items[j]!;
      items[j] = item;
    }
    return items;
  }

  /** `permutation(items)`: a shuffled copy of a one-dimensional list. */
  permutation<T>(items: readonly T[]): T[] {
    return Array.from(this.shuffle(items.length), (i) => items[i]!);
  }

  /** `standard_normal()`: Marsaglia's polar method, two numbers per round. */
  standardNormal(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    let x: number;
    let y: number;
    let r: number;
    do {
      x = 2 * this.uniform() - 1;
      y = 2 * this.uniform() - 1;
      r = x * x + y * y;
    } while (r >= 1 || r === 0);
    const factor = Math.sqrt((-2 * Math.log(r)) / r);
    this.#spare = factor * x;
    return factor * y;
  }
}

/** Computes the next state of MT19937. Three loops, so that no index wraps around. */
function twist(mt: Int32Array): void {
  let k = 0;
  for (; k < N - M; k++) mt[k] = mt[k + M]! ^ mixed(mt[k]!, mt[k + 1]!);
  for (; k < N - 1; k++) mt[k] = mt[k + M - N]! ^ mixed(mt[k]!, mt[k + 1]!);
  mt[k] = mt[M - 1]! ^ mixed(mt[k]!, mt[0]!);
}

function mixed(upper: number, lower: number): number {
  const y = (upper & 0x80000000) | (lower & 0x7fffffff);
  return (y >>> 1) ^ (-(y & 1) & 0x9908b0df);
}

/** The random words of a state. */
function temper(mt: Int32Array, out: Uint32Array): void {
  for (let k = 0; k < N; k++) {
    let y = mt[k]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    out[k] = y ^ (y >>> 18);
  }
}

/** Returns a {@link NumpyRandom} with a seed. */
export function numpyRandom(seed: number): NumpyRandom {
  return new NumpyRandom(seed);
}
