import { type LoweringFactory, lower } from '@nnunet/autodiff';
import type { Tensor } from 'onnxruntime-node';
import { buildEvaluationStep, type VoxelCounts } from '../evaluation-step.ts';
import {
  type BatchInput,
  type GraphInputs,
  type NetworkGraph,
  named,
  names,
  type StateInput,
} from '../network-graph.ts';
import type { Parameters } from '../parameters.ts';
import { buildTrainingStep, type StepOptions } from '../training-step.ts';
import { loweringFor } from './choose-lowering.ts';
import { requireDevice } from './require-device.ts';
import { GraphSession, type GraphSessionOptions, scalarOf, valuesOf } from './run-graph.ts';
import { sessionStart, type TrainingSessionOptions } from './session-start.ts';
import type { SessionState } from './session-state.ts';

export interface TrainingBatch {
  /** (samples, channels, …patch). */
  data: Float32Array;
  /**
   * Labels per output, full resolution first, (samples, 1, …spatial of the output); may be omitted for outputs with
   * zero loss weight.
   */
  targets: readonly (Float32Array | Uint8Array | Int8Array)[];
}

export interface StepResult {
  loss: number;
  /** L2 norm of all gradients, before clipping. */
  gradientNorm: number;
}

/**
 * Voxel counts of the full-resolution output, summed over the samples, per foreground class (or per region); and the
 * loss.
 */
export interface EvaluationResult extends VoxelCounts<number[]> {
  loss: number;
}

/** Returns the arrays of a batch that a graph reads. @throws RangeError for a missing target */
export function batchInputs(
  { targets: outputs }: NetworkGraph<BatchInput>['inputs'],
  { data, targets }: TrainingBatch,
): { data: Float32Array; targets: ReadonlyMap<number, TrainingBatch['targets'][number]> } {
  const read = [...outputs.keys()].map((output) => {
    const target = targets[output];
    if (target === undefined) throw new RangeError(`the batch has no target for output ${output}`);
    return [output, target] as const;
  });
  return { data, targets: new Map(read) };
}

/** @param of returns the values of an output of the evaluation graph */
export function evaluationResult(
  { loss, description }: StepOptions,
  value: number,
  of: (output: keyof VoxelCounts<unknown>) => Float32Array,
): EvaluationResult {
  // With labels, class 0 is the background.
  const first = loss.targetChannels(description.classes) === 1 ? 1 : 0;
  const counts = (output: keyof VoxelCounts<unknown>) => Array.from(of(output)).slice(first);
  return {
    loss: value,
    truePositives: counts('truePositives'),
    falsePositives: counts('falsePositives'),
    falseNegatives: counts('falseNegatives'),
  };
}

interface Computing {
  lowering: LoweringFactory | undefined;
  session: GraphSessionOptions;
}

/** A loaded graph with a batch as input. */
interface BatchGraph {
  session: GraphSession;
  inputs: NetworkGraph<BatchInput>['inputs'];
}

/** Trains a network: holds weights and momenta, and updates them step by step. */
export class TrainingSession {
  readonly #options: StepOptions;
  readonly #computing: Computing;
  readonly #state: SessionState;
  readonly #training: BatchGraph;
  #evaluation: BatchGraph | undefined;

  private constructor(options: StepOptions, computing: Computing, state: SessionState, training: BatchGraph) {
    this.#options = options;
    this.#computing = computing;
    this.#state = state;
    this.#training = training;
  }

  /**
   * @throws NnUNetError 'usage' for an unsuitable patch size, 'bad-weights' for weights of another network,
   * 'missing-device'
   */
  static async create(options: TrainingSessionOptions): Promise<TrainingSession> {
    const { step, state } = sessionStart(options);
    const { threads, device = 'cpu' } = options;
    await requireDevice(device);
    const lowering = await loweringFor(options.lowering ?? 'auto', device);
    const computing = { lowering, session: { threads, device, optimise: device !== 'cpu' || lowering === undefined } };
    const training = await load(buildTrainingStep(step), computing, state.nextNames());
    return new TrainingSession(step, computing, state, training);
  }

  /** Replaces weights, or momenta, or both. */
  load(parameters: { weights?: Parameters; momenta?: Parameters }): void {
    this.#training.session.requireOpen();
    this.#state.load(parameters);
  }

  /** Performs one training step on a batch. Blocks the thread. */
  async step(batch: TrainingBatch, learningRate: number): Promise<StepResult> {
    const { session } = this.#training;
    const { weights, momenta } = this.#state;
    const rate = session.tensor(names.learningRate, Float32Array.of(learningRate));
    const inputs = { ...tensorsOf(this.#training, batch), weights, momenta, learningRate: rate };
    const results = await session.run(named(inputs));
    this.#state.advance(results);
    return { loss: scalarOf(results, names.loss), gradientNorm: scalarOf(results, names.gradientNorm) };
  }

  /** Computes loss and counts on a batch without changing any state. The graph for it is created on the first call. */
  async evaluate(batch: TrainingBatch): Promise<EvaluationResult> {
    this.#training.session.requireOpen();
    this.#evaluation ??= await load(buildEvaluationStep(this.#options), this.#computing);
    const { weights } = this.#state;
    const results = await this.#evaluation.session.run(named({ ...tensorsOf(this.#evaluation, batch), weights }));
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
  { inputs, outputs }: NetworkGraph<BatchInput>,
  { lowering, session }: Computing,
  keep?: ReadonlySet<string>,
): Promise<BatchGraph> {
  const graph = lower(outputs, { lowering });
  return { inputs, session: await GraphSession.create(graph, keep === undefined ? session : { ...session, keep }) };
}

function tensorsOf({ session, inputs }: BatchGraph, batch: TrainingBatch): Pick<GraphInputs<Tensor>, BatchInput> {
  const { data, targets } = batchInputs(inputs, batch);
  const labels = [...targets].map(([output, values]) => {
    const numbers = values instanceof Float32Array ? values : Float32Array.from(values);
    return [output, session.tensor(names.targets(output), numbers)] as const;
  });
  return { data: session.tensor(names.data, data), targets: new Map(labels) };
}
