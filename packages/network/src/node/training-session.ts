import { type LoweringFactory, lower } from '@nnunet/autodiff';
import type { Tensor } from '@nnunet/tensor';
import type { Tensor as RuntimeTensor } from 'onnxruntime-node';
import { buildEvaluationStep } from '../evaluation-step.ts';
import type { Parameters } from '../parameters.ts';
import { buildTrainingStep, names, type StepOptions } from '../training-step.ts';
import { loweringFor } from './choose-lowering.ts';
import { readFromDevice } from './read-from-device.ts';
import { requireDevice } from './require-device.ts';
import { GraphSession, type GraphSessionOptions } from './run-graph.ts';
import { checkParameters, sessionStart, type TrainingSessionOptions } from './session-start.ts';

export interface TrainingBatch {
  /** (samples, channels, …patch). */
  data: Float32Array;
  /**
   * Labels per output, full resolution first, (samples, 1, …spatial of the output); those of outputs that have no weight
   * in the loss may be left out.
   */
  targets: readonly (Float32Array | Uint8Array | Int8Array)[];
}

export interface StepResult {
  loss: number;
  /** L2 norm of all gradients, before clipping. */
  gradientNorm: number;
}

export interface EvaluationResult {
  loss: number;
  /** Voxels of the full-resolution output, summed over the samples, per foreground class (or per region). */
  truePositives: number[];
  falsePositives: number[];
  falseNegatives: number[];
}

/** Before the name of an input of the state: the output that replaces it. */
const NEXT = 'next-';

/** Trains a network: holds weights and momenta, and changes them step by step. */
export class TrainingSession {
  private evaluation: GraphSession | undefined;

  private constructor(
    private readonly options: StepOptions,
    private readonly computing: { lowering: LoweringFactory | undefined; session: GraphSessionOptions },
    private readonly training: GraphSession,
    /** Inputs of the step other than the batch: weights and momenta. */
    private readonly state: Map<string, RuntimeTensor>,
    /** All parameters; those that training changes are taken from `state`. */
    private readonly start: { weights: Parameters; momenta: Parameters },
  ) {}

  /**
   * @throws NnUNetError 'usage' for a patch that does not fit, 'bad-weights' for weights of another network,
   *   'missing-device'
   */
  static async create(options: TrainingSessionOptions): Promise<TrainingSession> {
    const { step, weights, momenta } = sessionStart(options);
    const { threads, device = 'cpu' } = options;
    await requireDevice(device);
    const lowering = await loweringFor(options.lowering ?? 'auto', device);
    const computing = { lowering, session: { threads, device, optimise: device !== 'cpu' || lowering === undefined } };
    const training = await GraphSession.create(lower(buildTrainingStep(step), { lowering }), {
      ...computing.session,
      keep: (name) => name.startsWith(NEXT),
    });
    const session = new TrainingSession(step, computing, training, new Map(), { weights, momenta });
    session.load({ weights, momenta });
    return session;
  }

  /** Replaces weights, or momenta, or both. */
  load(parameters: { weights?: Parameters; momenta?: Parameters }): void {
    this.training.requireOpen();
    checkParameters(this.options, parameters);
    const sources = [
      [names.weight(''), 'weights'],
      [names.momentum(''), 'momenta'],
    ] as const;
    for (const [prefix, key] of sources) {
      const given = parameters[key];
      if (given === undefined) continue;
      this.start[key] = new Map([...given].map(([name, t]) => [name, { data: t.data.slice(), shape: t.shape }]));
      for (const { name } of this.training.graph.inputs) {
        if (!name.startsWith(prefix)) continue;
        this.replace(name, this.training.tensor(name, this.start[key].get(name.slice(prefix.length))!.data));
      }
    }
  }

  /** One step of training on a batch. Blocks the thread until it is done. */
  async step(batch: TrainingBatch, learningRate: number): Promise<StepResult> {
    const results = await this.training.run({
      ...Object.fromEntries(this.state),
      ...this.batchFeeds(this.training, batch),
      [names.learningRate]: this.training.tensor(names.learningRate, Float32Array.of(learningRate)),
    });
    for (const name of this.state.keys()) {
      const next = results[NEXT + name];
      if (next !== undefined) this.replace(name, next);
    }
    return { loss: scalar(results[names.loss]), gradientNorm: scalar(results[names.gradientNorm]) };
  }

  /** Loss and counts on a batch, without changing anything. The graph for it is made at the first call. */
  async evaluate(batch: TrainingBatch): Promise<EvaluationResult> {
    this.training.requireOpen();
    if (this.evaluation === undefined) {
      const { lowering, session } = this.computing;
      this.evaluation = await GraphSession.create(lower(buildEvaluationStep(this.options), { lowering }), session);
    }
    const evaluation = this.evaluation;
    const weights = evaluation.graph.inputs.flatMap(({ name }) => {
      const value = this.state.get(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    const results = await evaluation.run({ ...Object.fromEntries(weights), ...this.batchFeeds(evaluation, batch) });
    const { classes } = this.options.description;
    const first = this.options.loss.targetChannels(classes) === 1 ? 1 : 0;
    const list = (name: string) => Array.from(results[name].data as Float32Array).slice(first);
    return {
      loss: scalar(results[names.loss]),
      truePositives: list('truePositives'),
      falsePositives: list('falsePositives'),
      falseNegatives: list('falseNegatives'),
    };
  }

  /** A copy of all weights, in the order of PyTorch's state dict. @throws Error after `dispose` */
  weights(): Promise<Parameters> {
    return this.snapshot(this.start.weights, names.weight);
  }

  /** A copy of all momenta, in the order of the weights; zeros for parameters that are not trained. @throws Error after `dispose` */
  momenta(): Promise<Parameters> {
    return this.snapshot(this.start.momenta, names.momentum);
  }

  /** Frees the memory of the graphs and of the state. Further calls do nothing. */
  async dispose(): Promise<void> {
    for (const value of this.state.values()) free(value);
    this.state.clear();
    await this.training.dispose();
    await this.evaluation?.dispose();
  }

  private replace(name: string, value: RuntimeTensor): void {
    free(this.state.get(name));
    this.state.set(name, value);
  }

  private async snapshot(all: Parameters, input: (name: string) => string): Promise<Parameters> {
    // Without its state there is only what it began with, which must not pass for what it has learnt.
    this.training.requireOpen();
    const state = new Map(
      [...all.keys()].flatMap((name) => {
        const value = this.state.get(input(name));
        return value === undefined ? [] : [[name, value] as const];
      }),
    );
    const current = await readFromDevice(state, this.computing.session);
    return new Map(
      [...all].map(([name, { data, shape }]): [string, Tensor] => [
        name,
        { data: (current.get(name) ?? data).slice(), shape },
      ]),
    );
  }

  private batchFeeds(session: GraphSession, { data, targets }: TrainingBatch): Record<string, RuntimeTensor> {
    const feeds: Record<string, RuntimeTensor> = { [names.data]: session.tensor(names.data, data) };
    for (const { name } of session.graph.inputs) {
      const output = /^target(\d+)$/.exec(name)?.[1];
      if (output === undefined) continue;
      const target = targets[Number(output)];
      if (target === undefined) throw new RangeError(`the batch has no target for output ${output}`);
      feeds[name] = session.tensor(name, target instanceof Float32Array ? target : Float32Array.from(target));
    }
    return feeds;
  }
}

/** Gives memory of a device back; that of the program is collected. */
function free(value: RuntimeTensor | undefined): void {
  if (value?.location === 'gpu-buffer') value.dispose();
}

function scalar(tensor: RuntimeTensor): number {
  return (tensor.data as Float32Array)[0];
}
