import { type ActivationRanges, type ChannelRange, integerSites, lower } from '@nnunet/autodiff';
import { loweringFor } from './choose-lowering.ts';
import { GraphSession, valuesOf } from './graph-session.ts';
import { buildInference } from './inference-graph.ts';
import type { NetworkDescription } from './network-description.ts';
import { byInputName, names } from './network-graph.ts';
import type { Parameters } from './parameters.ts';
import type { Runtime } from './runtime.ts';

/**
 * Values further from the mean of their channel than this many standard deviations are cut off: few values lie there,
 * and all others gain precision.
 */
const CUT_OFF = 8;

/**
 * Measures the ranges of a network's values on some patches, which its 8-bit form needs
 * (`PredictionSessionOptions.ranges`).
 *
 * @param options `patches`: each (channels, …patchSize)
 * @returns null if the network has no 8-bit form
 */
export async function measureRanges(
  runtime: Runtime,
  options: {
    description: NetworkDescription;
    weights: Parameters;
    patchSize: readonly number[];
    patches: Iterable<Float32Array> | AsyncIterable<Float32Array>;
    threads?: number | undefined;
  },
): Promise<ActivationRanges | null> {
  const { description, weights, patchSize, patches, threads } = options;
  const { outputs } = buildInference({ description, weights, patchSize, batchSize: 1, nonlinearity: 'none' });
  const sites = integerSites(outputs);
  if (sites.size === 0) return null;
  const measured = new Map(
    [...sites].map(([name, { shape, op }]) => [name, new Moments(op === 'input' ? 1 : shape[1]!)]),
  );
  const outputOf = (name: string) => `value of ${name}`;
  const values = Object.fromEntries([...sites].map(([name, e]) => [outputOf(name), e]));
  const lowering = await loweringFor(runtime, 'auto', 'cpu', 'prediction');
  const session = await GraphSession.create(runtime, lower(values, { lowering }), { threads });
  try {
    for await (const patch of patches) {
      const results = await session.run(byInputName({ data: session.tensor(names.data, patch) }));
      for (const [name, moments] of measured) moments.add(valuesOf(results, outputOf(name)));
    }
  } finally {
    await session.dispose();
  }
  return new Map([...measured].map(([name, moments]) => [name, moments.range()]));
}

/** Extremes and moments of the channels of a value. */
class Moments {
  readonly #low: Float64Array;
  readonly #high: Float64Array;
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  #count = 0;

  constructor(channels: number) {
    this.#low = new Float64Array(channels).fill(Number.POSITIVE_INFINITY);
    this.#high = new Float64Array(channels).fill(Number.NEGATIVE_INFINITY);
    this.#sums = new Float64Array(channels);
    this.#squares = new Float64Array(channels);
  }

  /** @param values (channels, voxels) */
  add(values: Float32Array): void {
    const channels = this.#low.length;
    const voxels = values.length / channels;
    for (let c = 0; c < channels; c++) {
      let [low, high, sum, squares] = [this.#low[c]!, this.#high[c]!, 0, 0];
      for (let i = c * voxels; i < (c + 1) * voxels; i++) {
        const value = values[i]!;
        if (value < low) low = value;
        if (value > high) high = value;
        sum += value;
        squares += value * value;
      }
      this.#low[c] = low;
      this.#high[c] = high;
      this.#sums[c]! += sum;
      this.#squares[c]! += squares;
    }
    this.#count += voxels;
  }

  range(): ChannelRange {
    const bounds = Array.from(this.#low, (low, c) => {
      const mean = this.#sums[c]! / this.#count;
      const reach = CUT_OFF * Math.sqrt(Math.max(0, this.#squares[c]! / this.#count - mean * mean));
      return { low: Math.max(low, mean - reach), high: Math.min(this.#high[c]!, mean + reach) };
    });
    return { low: bounds.map(({ low }) => low), high: bounds.map(({ high }) => high) };
  }
}
