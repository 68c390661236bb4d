import { type ActivationRanges, type ChannelRange, type Expression, integerSites, lower } from '@nnunet/autodiff';
import { loweringFor } from './choose-lowering.ts';
import { GraphSession, valuesOf } from './graph-session.ts';
import { buildInference } from './inference-graph.ts';
import { byInputName, names } from './network-graph.ts';
import type { PredictionSessionOptions } from './prediction-session-options.ts';
import type { Runtime } from './runtime.ts';

/**
 * Values further from the mean of their channel than this many standard deviations are cut off: few values lie there,
 * and all others gain precision.
 */
const CUT_OFF = 8;

/**
 * Measures the ranges of a network's values on patches of images. The 8-bit form of the network needs them: see
 * `PredictionSessionOptions.ranges`.
 */
export class RangeSession {
  readonly #session: GraphSession;
  readonly #measured: ReadonlyMap<string, Moments>;

  private constructor(session: GraphSession, measured: ReadonlyMap<string, Moments>) {
    this.#session = session;
    this.#measured = measured;
  }

  /**
   * @returns null if the network has no 8-bit form
   * @throws NnUNetError 'usage' for an unsuitable patch size, 'bad-weights' for weights of another network
   */
  static async load(
    runtime: Runtime,
    options: Pick<PredictionSessionOptions, 'description' | 'weights' | 'patchSize' | 'threads'>,
  ): Promise<RangeSession | null> {
    const { threads, ...network } = options;
    const { outputs } = buildInference({ ...network, batchSize: 1, nonlinearity: 'none' });
    const sites = [...integerSites(outputs)];
    if (sites.length === 0) return null;
    const values = Object.fromEntries(sites.map(([name, value]) => [outputOf(name), value]));
    const lowering = await loweringFor(runtime, 'auto', 'cpu', 'prediction');
    const session = await GraphSession.create(runtime, lower(values, { lowering }), { threads });
    // The channels of an input have one scale.
    const channelsOf = ({ op, shape }: Expression) => (op === 'input' ? 1 : shape[1]!);
    return new RangeSession(session, new Map(sites.map(([name, value]) => [name, new Moments(channelsOf(value))])));
  }

  /** Runs the network on a patch. @param patch (channels, …patchSize) */
  async add(patch: Float32Array): Promise<void> {
    const results = await this.#session.run(byInputName({ data: this.#session.tensor(names.data, patch) }));
    for (const [name, moments] of this.#measured) moments.add(valuesOf(results, outputOf(name)));
  }

  /** Returns the ranges over all patches: at least one. */
  ranges(): ActivationRanges {
    return new Map([...this.#measured].map(([name, moments]) => [name, moments.range()]));
  }

  /** Frees the graph's memory. */
  dispose(): Promise<void> {
    return this.#session.dispose();
  }
}

/** An output may not have the name of a weight. */
const outputOf = (name: string) => `value of ${name}`;

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
