import { lower } from '@nnunet/autodiff';
import { usageError } from '@nnunet/errors';
import { sizeOf } from '@nnunet/tensor';
import { Tensor } from 'onnxruntime-node';
import { loweringFor } from '../choose-lowering.ts';
import { drawMasks } from '../dropout-masks.ts';
import { GraphSession, scalarOf } from '../graph-session.ts';
import { byInputName, type NetworkGraph, names } from '../network-graph.ts';
import { type Parameters, parameterShapes } from '../parameters.ts';
import { sessionStart } from '../session-start.ts';
import type { SessionState } from '../session-state.ts';
import { buildEvaluationSums, buildGradients, buildLoss, buildSums, buildUpdateStep } from '../step-parts.ts';
import { type EvaluationResult, evaluationResult, type StepResult } from '../step-result.ts';
import type { TrainingBatch } from '../training-batch.ts';
import type { TrainingSessionOptions } from '../training-session-options.ts';
import type { StepOptions } from '../training-step.ts';
import { BatchParts } from './batch-parts.ts';
import { nodeRuntime, physicalCores } from './node-runtime.ts';
import { requireDevice } from './require-device.ts';
import { switchOffTelemetry } from './telemetry.ts';

export interface ParallelSessionOptions extends TrainingSessionOptions {
  /** Sessions that share each batch, at most `batchSize`; they share `threads`. */
  sessions: number;
}

type Shapes = NetworkGraph<'gradients'>['inputs']['gradients'];

/** Computations on the whole batch, in this thread. */
interface Whole {
  update: GraphSession;
  loss: GraphSession;
  /** Inputs of the update. */
  gradients: Shapes;
  /** Inputs of the loss. */
  totals: Shapes;
}

/**
 * Trains a network in several sessions that share each batch, each in its own thread. On 'cuda', session k uses GPU
 * number k. Loss sums and gradients are added in a fixed order, and the CPU updates the weights: the result equals that
 * of one session up to rounding, and on the CPU it is always the same. Batch norms, and losses of the greatest voxels,
 * only see their part of the batch. A batch Dice needs a second forward pass, because its gradient depends on sums over
 * the whole batch.
 */
export class ParallelTrainingSession {
  readonly #options: StepOptions;
  readonly #parts: BatchParts;
  readonly #whole: Whole;
  readonly #state: SessionState;
  /** Whether the gradients depend on the sums of the whole batch. */
  readonly #twoPasses: boolean;
  /** Draws the dropouts of the whole batch. */
  readonly #draw: (step: number) => Map<number, Float32Array>;
  #steps = 0;
  #evaluates = false;

  private constructor(fields: {
    options: StepOptions;
    parts: BatchParts;
    whole: Whole;
    state: SessionState;
    twoPasses: boolean;
    draw: (step: number) => Map<number, Float32Array>;
  }) {
    this.#options = fields.options;
    this.#parts = fields.parts;
    this.#whole = fields.whole;
    this.#state = fields.state;
    this.#twoPasses = fields.twoPasses;
    this.#draw = fields.draw;
    this.#shareWeights();
  }

  /**
   * @throws NnUNetError 'usage' for an unsuitable patch size, more sessions than samples or several sessions on
   * 'webgpu', 'bad-weights' for weights of another network, 'missing-device' if there are fewer GPUs than sessions
   */
  static async create(options: ParallelSessionOptions): Promise<ParallelTrainingSession> {
    const { step, state } = sessionStart(nodeRuntime, options);
    const { batchSize, sessions, device = 'cpu' } = options;
    if (sessions > batchSize) {
      throw usageError({
        what: `a batch of ${batchSize} cannot be divided among ${sessions} sessions`,
        remedy: 'Use at most as many `sessions` as there are samples in a batch, or a larger `batchSize`.',
      });
    }
    await requireDevice(device, sessions);
    switchOffTelemetry();
    const lowering = await loweringFor(nodeRuntime, options.lowering ?? 'auto', device);
    const threads = options.threads ?? physicalCores();
    const optimise = device !== 'cpu' || lowering === undefined;
    const parts = new BatchParts({
      batchSize,
      parts: sessions,
      lowering,
      session: (part) => ({
        threads: Math.max(1, Math.floor(threads / sessions)),
        optimise,
        device,
        ...(device === 'cuda' ? { deviceId: part } : {}),
      }),
    });
    let update: GraphSession | undefined;
    try {
      const partOf = (samples: number) => ({ ...step, batchSize: samples, totalBatchSize: batchSize });
      const graph = await parts.load('gradients', (samples) => buildGradients(partOf(samples)));
      const twoPasses = graph.inputs.totals.size > 0;
      const draw = (number: number) => drawMasks(graph, { size: batchSize, seed: options.seed ?? 0, step: number });
      if (twoPasses) await parts.load('sums', (samples) => buildSums(partOf(samples)));
      const [updating, valuing] = [buildUpdateStep(step), buildLoss(step)];
      update = await GraphSession.create(nodeRuntime, lower(updating.outputs), { threads });
      const loss = await GraphSession.create(nodeRuntime, lower(valuing.outputs), { threads: 1 });
      const whole = { update, loss, gradients: updating.inputs.gradients, totals: valuing.inputs.totals };
      return new ParallelTrainingSession({ options: step, parts, whole, state, twoPasses, draw });
    } catch (error) {
      await Promise.all([parts.close(), update?.dispose()]);
      throw error;
    }
  }

  /** Replaces weights, or momenta, or both. */
  load(parameters: { weights?: Parameters; momenta?: Parameters }): void {
    this.#whole.update.requireOpen();
    this.#state.load(parameters);
    this.#shareWeights();
  }

  /**
   * Performs one training step on a batch.
   *
   * @param number of steps before this one, from which dropouts are drawn. Default: those of this session
   */
  async step(batch: TrainingBatch, learningRate: number, number = this.#steps): Promise<StepResult> {
    const parts = this.#parts;
    const { update, gradients } = this.#whole;
    update.requireOpen();
    parts.share(batch, this.#draw(number));
    if (this.#twoPasses) {
      await parts.run('sums');
      this.#addSums();
    }
    await parts.run('gradients');
    if (!this.#twoPasses) this.#addSums();
    const added = [...gradients].map(([parameter, { shape }]) => {
      return [parameter, parts.addUp(names.gradients(parameter), new Float32Array(sizeOf(shape)))] as const;
    });
    const { weights, momenta } = this.#state;
    const given = { gradients: new Map(added), learningRate: Float32Array.of(learningRate) };
    const state = byInputName({ weights, momenta });
    const results = await update.run({ ...update.tensors(byInputName(given)), ...state });
    const statistics = parameterShapes(this.#options.description).flatMap(({ name, shape, statistic }) => {
      const next = names.next.weights(name);
      return statistic ? [[next, new Tensor('float32', parts.first(next).slice(), shape)] as const] : [];
    });
    this.#state.advance({ ...results, ...Object.fromEntries(statistics) });
    this.#shareWeights();
    this.#steps = number + 1;
    return { loss: await this.#loss(), gradientNorm: scalarOf(results, names.gradientNorm) };
  }

  /**
   * Computes loss and counts on a batch without changing any state. The graphs for it are created on the first call.
   */
  async evaluate(batch: TrainingBatch): Promise<EvaluationResult> {
    const parts = this.#parts;
    this.#whole.update.requireOpen();
    const { batchSize, description } = this.#options;
    if (!this.#evaluates) {
      const partOf = (samples: number) => ({ ...this.#options, batchSize: samples, totalBatchSize: batchSize });
      await parts.load('evaluation', (samples) => buildEvaluationSums(partOf(samples)));
      this.#evaluates = true;
    }
    parts.share(batch);
    await parts.run('evaluation');
    this.#addSums();
    const counts = (output: string) => parts.addUp(output, new Float32Array(description.classes));
    return evaluationResult(this.#options, await this.#loss(), counts);
  }

  /** Returns a copy of all weights, in the order of PyTorch's state dict. @throws Error after `dispose` */
  async weights(): Promise<Parameters> {
    this.#whole.update.requireOpen();
    return this.#state.copy('weights', {});
  }

  /**
   * Returns a copy of all momenta, in the order of the weights; zeros for parameters that are not trained.
   *
   * @throws Error after `dispose`
   */
  async momenta(): Promise<Parameters> {
    this.#whole.update.requireOpen();
    return this.#state.copy('momenta', {});
  }

  /** Frees the graphs' memory and ends the threads. Further calls have no effect. */
  async dispose(): Promise<void> {
    await Promise.all([this.#parts.close(), this.#whole.update.dispose(), this.#whole.loss.dispose()]);
  }

  /** Gives the parts the current weights. */
  #shareWeights(): void {
    for (const [name, { data, dims }] of this.#state.weights) {
      this.#parts.common.array(names.weights(name), dims).set(data as Float32Array);
    }
  }

  /** Adds up the parts' sums to those of the whole batch. */
  #addSums(): void {
    for (const [sum, { shape }] of this.#whole.totals) {
      this.#parts.addUp(names.sums(sum), this.#parts.common.array(names.totals(sum), shape));
    }
  }

  async #loss(): Promise<number> {
    const { loss, totals } = this.#whole;
    const sums = [...totals.keys()].map((sum) => {
      const name = names.totals(sum);
      return [sum, loss.tensor(name, this.#parts.common.get(name)!.slice())] as const;
    });
    return scalarOf(await loss.run(byInputName({ totals: new Map(sums) })), names.loss);
  }
}
