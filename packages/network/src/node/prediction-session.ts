import { PatchSession } from '../patch-session.ts';
import type { PredictionSessionOptions } from '../prediction-session-options.ts';
import { nodeRuntime } from './node-runtime.ts';
import { requireDevice } from './require-device.ts';

/** Runs a trained network on patches of one size. */
export class PredictionSession {
  readonly #patches: PatchSession;

  private constructor(patches: PatchSession) {
    this.#patches = patches;
  }

  /**
   * @throws NnUNetError 'usage' for an unsuitable patch size, 'bad-weights' for weights of another network,
   * 'missing-device'
   */
  static async create(options: PredictionSessionOptions): Promise<PredictionSession> {
    await requireDevice(options.device ?? 'cpu');
    return new PredictionSession(await PatchSession.load(nodeRuntime, options));
  }

  get batchSize(): number {
    return this.#patches.batchSize;
  }

  /**
   * Returns the softmax (or the result of `nonlinearity`) of one or more patches. Blocks the thread.
   *
   * @param patches (count, channels, …patch)
   * @param count any number; they are run `batchSize` at a time
   * @returns (count, classes, …patch)
   */
  predict(patches: Float32Array, count = 1): Promise<Float32Array> {
    return this.#patches.predict(patches, count);
  }

  /** Frees the graph's memory. Further calls have no effect. */
  dispose(): Promise<void> {
    return this.#patches.dispose();
  }
}
