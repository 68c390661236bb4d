import { integerLowering, lower } from '@nnunet/autodiff';
import { sizeOf } from '@nnunet/tensor';
import { loweringFor } from './choose-lowering.ts';
import { GraphSession, valuesOf } from './graph-session.ts';
import { buildInference } from './inference-graph.ts';
import { byInputName, names } from './network-graph.ts';
import type { PredictionSessionOptions } from './prediction-session-options.ts';
import type { Runtime } from './runtime.ts';

/** Runs a trained network on patches of one size, in either runtime. */
export class PatchSession {
  readonly #session: GraphSession;
  /** Values per patch, in the input and in the output. */
  readonly #sizes: { input: number; output: number };

  private constructor(
    session: GraphSession,
    readonly batchSize: number,
    sizes: { input: number; output: number },
  ) {
    this.#session = session;
    this.#sizes = sizes;
  }

  /** @throws NnUNetError 'usage' for an unsuitable patch size, 'bad-weights' for weights of another network */
  static async load(runtime: Runtime, options: PredictionSessionOptions): Promise<PatchSession> {
    const {
      description,
      weights,
      patchSize,
      batchSize = 1,
      nonlinearity = 'softmax',
      threads,
      device,
      ranges,
    } = options;
    if (ranges !== undefined && (batchSize > 1 || (device ?? 'cpu') !== 'cpu'))
      throw new RangeError('8-bit integers are for one patch at a time, on the CPU');
    const { outputs } = buildInference({ description, weights, patchSize, batchSize, nonlinearity });
    const lowering = await loweringFor(runtime, options.lowering ?? 'auto', device, 'prediction');
    const graph = lower(outputs, { lowering: ranges ? integerLowering(ranges, lowering) : lowering });
    const voxels = sizeOf(patchSize);
    const sizes = { input: description.inputChannels * voxels, output: description.classes * voxels };
    return new PatchSession(await GraphSession.create(runtime, graph, { threads, device }), batchSize, sizes);
  }

  /**
   * Returns the softmax (or the result of `nonlinearity`) of one or more patches. Blocks the thread.
   *
   * @param patches (count, channels, …patch)
   * @param count any number; they are run `batchSize` at a time
   * @returns (count, classes, …patch)
   */
  async predict(patches: Float32Array, count = 1): Promise<Float32Array> {
    const { input, output } = this.#sizes;
    if (patches.length !== count * input) {
      throw new RangeError(`${count} patches have ${count * input} numbers, not ${patches.length}`);
    }
    const result = new Float32Array(count * output);
    for (let at = 0; at < count; at += this.batchSize) {
      const taken = Math.min(this.batchSize, count - at);
      let data = patches.subarray(at * input, (at + taken) * input);
      if (taken < this.batchSize) {
        data = new Float32Array(this.batchSize * input);
        data.set(patches.subarray(at * input, (at + taken) * input));
      }
      const results = await this.#session.run(byInputName({ data: this.#session.tensor(names.data, data) }));
      result.set(valuesOf(results, names.output).subarray(0, taken * output), at * output);
    }
    return result;
  }

  /** Frees the graph's memory. Further calls have no effect. */
  async dispose(): Promise<void> {
    await this.#session.dispose();
  }
}
