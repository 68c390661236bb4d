import { type LoweringFactory, lower } from '@nnunet/autodiff';
import { loweringFor } from './choose-lowering.ts';
import { drawMasks } from './dropout-masks.ts';
import { buildEvaluationStep } from './evaluation-step.ts';
import { GraphSession, scalarOf, valuesOf } from './graph-session.ts';
import {
  type BatchInput,
  byInputName,
  type GraphInputs,
  type NetworkGraph,
  names,
  type StateInput,
} from './network-graph.ts';
import type { Parameters } from './parameters.ts';
import type { GraphSessionOptions, Runtime } from './runtime.ts';
import { sessionStart } from './session-start.ts';
import type { SessionState } from './session-state.ts';
import { type EvaluationResult, evaluationResult, type StepResult } from './step-result.ts';
import { batchInputs, type TrainingBatch } from './training-batch.ts';
import type { TrainingSessionOptions } from './training-session-options.ts';
import { buildTrainingStep, type StepOptions } from './training-step.ts';

interface Computing {
  runtime: Runtime;
  lowering: LoweringFactory | undefined;
  session: GraphSessionOptions;
}

/** A loaded graph with a batch as input. */
interface BatchGraph {
  session: GraphSession;
  graph: Pick<NetworkGraph<BatchInput>, 'inputs' | 'dropouts'>;
}

/** Trains a network in either runtime: holds weights and momenta, and updates them step by step. */
export class StepSession {
  readonly #options: StepOptions;
  readonly #computing: Computing;
  readonly #state: SessionState;
  readonly #training: BatchGraph;
  /** Draws dropouts. */
  readonly #seed: number;
  #steps = 0;
  #evaluation: BatchGraph | undefined;

  private constructor(fields: {
    options: StepOptions;
    computing: Computing;
    state: SessionState;
    training: BatchGraph;
    seed: number;
  }) {
    this.#options = fields.options;
    this.#computing = fields.computing;
    this.#state = fields.state;
    this.#training = fields.training;
    this.#seed = fields.seed;
  }

  /** @throws NnUNetError 'usage' for an unsuitable patch size, 'bad-weights' for weights of another network */
  static async load(runtime: Runtime, options: TrainingSessionOptions): Promise<StepSession> {
    const { step, state } = sessionStart(runtime, options);
    const { threads, device = 'cpu' } = options;
    const lowering = await loweringFor(runtime, options.lowering ?? 'auto', device);
    const computing = {
      runtime,
      lowering,
      session: { threads, device, optimise: device !== 'cpu' || lowering === undefined },
    };
    const training = await load(buildTrainingStep(step), computing, state.nextNames());
    return new StepSession({ options: step, computing, state, training, seed: options.seed ?? 0 });
  }

  /** Replaces weights, or momenta, or both. */
  load(parameters: { weights?: Parameters; momenta?: Parameters }): void {
    this.#training.session.requireOpen();
    this.#state.load(parameters);
  }

  /**
   * Performs one training step on a batch. Blocks the thread.
   *
   * @param number of steps before this one, from which dropouts are drawn. Default: those of this session
   */
  async step(batch: TrainingBatch, learningRate: number, number = this.#steps): Promise<StepResult> {
    const { graph, session } = this.#training;
    const { weights, momenta } = this.#state;
    const arrays = {
      ...arraysOf(graph.inputs, batch),
      masks: drawMasks(graph, { size: this.#options.batchSize, seed: this.#seed, step: number }),
      learningRate: Float32Array.of(learningRate),
    };
    const given = session.tensors(byInputName(arrays));
    const results = await session.run({ ...given, ...byInputName({ weights, momenta }) });
    this.#state.advance(results);
    this.#steps = number + 1;
    return { loss: scalarOf(results, names.loss), gradientNorm: scalarOf(results, names.gradientNorm) };
  }

  /** Computes loss and counts on a batch without changing any state. The graph for it is created on the first call. */
  async evaluate(batch: TrainingBatch): Promise<EvaluationResult> {
    this.#training.session.requireOpen();
    this.#evaluation ??= await load(buildEvaluationStep(this.#options), this.#computing);
    const { graph, session } = this.#evaluation;
    const given = session.tensors(byInputName(arraysOf(graph.inputs, batch)));
    const results = await session.run({ ...given, ...byInputName({ weights: this.#state.weights }) });
    return evaluationResult(this.#options, scalarOf(results, names.loss), (output) => valuesOf(results, output));
  }

  /** Returns a copy of all weights, in the order of PyTorch's state dict. @throws Error after `dispose` */
  weights(): Promise<Parameters> {
    return this.#copy('weights');
  }

  /**
   * Returns a copy of all momenta, in the order of the weights; zeros for parameters that are not trained.
   *
   * @throws Error after `dispose`
   */
  momenta(): Promise<Parameters> {
    return this.#copy('momenta');
  }

  /** Frees the memory of the graphs and of the state. Further calls have no effect. */
  async dispose(): Promise<void> {
    this.#state.dispose();
    await this.#training.session.dispose();
    await this.#evaluation?.session.dispose();
  }

  async #copy(kind: StateInput): Promise<Parameters> {
    // It no longer exists.
    this.#training.session.requireOpen();
    return this.#state.copy(kind, this.#computing.session);
  }
}

async function load(
  { inputs, outputs, dropouts }: NetworkGraph<BatchInput>,
  { runtime, lowering, session }: Computing,
  keep?: ReadonlySet<string>,
): Promise<BatchGraph> {
  const lowered = lower(outputs, { lowering });
  const options = keep === undefined ? session : { ...session, keep };
  return { graph: { inputs, dropouts }, session: await GraphSession.create(runtime, lowered, options) };
}

/** The arrays of a batch as single-precision numbers. */
function arraysOf(
  inputs: NetworkGraph<BatchInput>['inputs'],
  batch: TrainingBatch,
): Pick<GraphInputs<Float32Array>, 'data' | 'targets'> {
  const { data, targets } = batchInputs(inputs, batch);
  const labels = [...targets].map(
    ([output, values]) => [output, values instanceof Float32Array ? values : Float32Array.from(values)] as const,
  );
  return { data, targets: new Map(labels) };
}
