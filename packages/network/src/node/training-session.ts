import type { Parameters } from '../parameters.ts';
import type { EvaluationResult, StepResult } from '../step-result.ts';
import { StepSession } from '../step-session.ts';
import type { TrainingBatch } from '../training-batch.ts';
import type { TrainingSessionOptions } from '../training-session-options.ts';
import { nodeRuntime } from './node-runtime.ts';
import { requireDevice } from './require-device.ts';

/** Trains a network: holds weights and momenta, and updates them step by step. */
export class TrainingSession {
  readonly #steps: StepSession;

  private constructor(steps: StepSession) {
    this.#steps = steps;
  }

  /**
   * @throws NnUNetError 'usage' for an unsuitable patch size, 'bad-weights' for weights of another network,
   * 'missing-device'
   */
  static async create(options: TrainingSessionOptions): Promise<TrainingSession> {
    await requireDevice(options.device ?? 'cpu');
    return new TrainingSession(await StepSession.load(nodeRuntime, options));
  }

  /** Replaces weights, or momenta, or both. */
  load(parameters: { weights?: Parameters; momenta?: Parameters }): void {
    this.#steps.load(parameters);
  }

  /**
   * Performs one training step on a batch. Blocks the thread.
   *
   * @param number of steps before this one, from which dropouts are drawn. Default: those of this session
   */
  step(batch: TrainingBatch, learningRate: number, number?: number): Promise<StepResult> {
    return this.#steps.step(batch, learningRate, number);
  }

  /** Computes loss and counts on a batch without changing any state. The graph for it is created on the first call. */
  evaluate(batch: TrainingBatch): Promise<EvaluationResult> {
    return this.#steps.evaluate(batch);
  }

  /** Returns a copy of all weights, in the order of PyTorch's state dict. @throws Error after `dispose` */
  weights(): Promise<Parameters> {
    return this.#steps.weights();
  }

  /**
   * Returns a copy of all momenta, in the order of the weights; zeros for parameters that are not trained.
   *
   * @throws Error after `dispose`
   */
  momenta(): Promise<Parameters> {
    return this.#steps.momenta();
  }

  /** Frees the memory of the graphs and of the state. Further calls have no effect. */
  dispose(): Promise<void> {
    return this.#steps.dispose();
  }
}
