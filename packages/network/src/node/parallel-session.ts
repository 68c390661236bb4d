import { type GraphPort, type LoweredGraph, lower } from '@nnunet/autodiff';
import { usageError } from '@nnunet/errors';
import { sizeOf, type Tensor } from '@nnunet/tensor';
import type { Tensor as RuntimeTensor } from 'onnxruntime-node';
import type { Parameters } from '../parameters.ts';
import { buildEvaluationSums, buildGradients, buildLoss, buildSums, buildUpdateStep } from '../step-parts.ts';
import { names, type StepOptions } from '../training-step.ts';
import { BatchParts } from './batch-parts.ts';
import { loweringFor } from './choose-lowering.ts';
import { requireDevices } from './require-device.ts';
import { GraphSession, physicalCores } from './run-graph.ts';
import { checkParameters, type SessionStart, sessionStart, type TrainingSessionOptions } from './session-start.ts';
import type { EvaluationResult, StepResult, TrainingBatch } from './training-session.ts';

export interface ParallelSessionOptions extends TrainingSessionOptions {
  /** Sessions that share each batch, at most `batchSize`; `threads` are divided among them. */
  sessions: number;
}

const counts = ['truePositives', 'falsePositives', 'falseNegatives'] as const;
const prefixes = { weights: names.weight(''), momenta: names.momentum('') } as const;

/**
 * Trains a network in several sessions, in threads of their own, that share each batch. On 'cuda' session k computes on the
 * GPU with number k. Sums of the loss and gradients are added in a fixed order, and the processor changes the weights: the
 * result is that of one session within rounding, and on the processor always the same. Batch norms, and losses of the
 * greatest voxels, see their part of the batch alone. A batch Dice costs a second forward pass, for its gradient depends on
 * sums over the whole batch.
 */
export class ParallelTrainingSession {
  private evaluation: LoweredGraph | undefined;

  private constructor(
    private readonly options: StepOptions,
    private readonly parts: BatchParts,
    private readonly sessions: { update: GraphSession; loss: GraphSession },
    private readonly gradients: LoweredGraph,
    private readonly start: Pick<SessionStart, 'weights' | 'momenta'>,
    /** Inputs of the update: weights and momenta. */
    private readonly state: Map<string, RuntimeTensor> = new Map(),
  ) {}

  /**
   * @throws NnUNetError 'usage' for a patch that does not fit, more sessions than samples or several sessions on 'webgpu',
   *   'bad-weights' for weights of another network, 'missing-device' where there are fewer GPUs than sessions
   */
  static async create(options: ParallelSessionOptions): Promise<ParallelTrainingSession> {
    const { step, weights, momenta } = sessionStart(options);
    const { batchSize, sessions, device = 'cpu' } = options;
    if (!Number.isInteger(sessions) || sessions < 1 || sessions > batchSize) {
      throw usageError({
        what: `a batch of ${batchSize} cannot be divided among ${sessions} sessions`,
        remedy: 'Use at most as many sessions as a batch has samples, or a larger batch.',
      });
    }
    await requireDevices(device, sessions);
    const lowering = await loweringFor(options.lowering ?? 'auto', device);
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
      isCommon: (name) => name.startsWith(prefixes.weights) || /^total\d+:/.test(name),
    });
    let update: GraphSession | undefined;
    try {
      const partOf = (samples: number) => ({ ...step, batchSize: samples, totalBatchSize: batchSize });
      const gradients = await parts.load('gradients', (samples) => buildGradients(partOf(samples)));
      if (gradients.inputs.some(isTotal)) await parts.load('sums', (samples) => buildSums(partOf(samples)));
      update = await GraphSession.create(lower(buildUpdateStep(step)), { threads });
      const loss = await GraphSession.create(lower(buildLoss(step)), { threads: 1 });
      const session = new ParallelTrainingSession(step, parts, { update, loss }, gradients, { weights, momenta });
      session.load({ weights, momenta });
      return session;
    } catch (error) {
      await Promise.all([parts.close(), update?.dispose()]);
      throw error;
    }
  }

  /** Replaces weights, or momenta, or both. */
  load(parameters: { weights?: Parameters; momenta?: Parameters }): void {
    const { update } = this.sessions;
    update.requireOpen();
    checkParameters(this.options, parameters);
    for (const key of ['weights', 'momenta'] as const) {
      const given = parameters[key];
      if (given === undefined) continue;
      this.start[key] = new Map([...given].map(([name, t]) => [name, { data: t.data.slice(), shape: t.shape }]));
      for (const { name } of update.graph.inputs) {
        const value = this.start[key].get(name.slice(prefixes[key].length));
        if (name.startsWith(prefixes[key])) this.state.set(name, update.tensor(name, value!.data));
      }
    }
    if (parameters.weights === undefined) return;
    for (const [name, { data, shape }] of parameters.weights) {
      this.parts.common.array(names.weight(name), shape).set(data);
    }
  }

  /** One step of training on a batch. */
  async step(batch: TrainingBatch, learningRate: number): Promise<StepResult> {
    const { parts, gradients } = this;
    const { update } = this.sessions;
    update.requireOpen();
    parts.share(batch);
    const twoPasses = gradients.inputs.some(isTotal);
    if (twoPasses) {
      await parts.run('sums');
      this.addSums();
    }
    await parts.run('gradients');
    if (!twoPasses) this.addSums();
    const added = update.graph.inputs.filter(({ name }) => name.startsWith(names.gradient(''))).map(this.addUp);
    const results = await update.run({
      ...Object.fromEntries(this.state),
      ...Object.fromEntries(added.map(([name, values]) => [name, update.tensor(name, values)])),
      [names.learningRate]: update.tensor(names.learningRate, Float32Array.of(learningRate)),
    });
    for (const name of this.state.keys()) {
      const next = results[`next-${name}`];
      if (next === undefined) continue;
      this.state.set(name, next);
      parts.common.get(name)?.set(next.data as Float32Array);
    }
    // Running statistics of batch norms.
    for (const { name } of gradients.outputs) {
      if (name.startsWith('next-')) parts.common.get(name.slice('next-'.length))!.set(parts.first(name));
    }
    return { loss: await this.loss(), gradientNorm: (results[names.gradientNorm].data as Float32Array)[0] };
  }

  /** Loss and counts on a batch, without changing anything. The graphs for it are made at the first call. */
  async evaluate(batch: TrainingBatch): Promise<EvaluationResult> {
    this.sessions.update.requireOpen();
    const { batchSize, description, loss } = this.options;
    this.evaluation ??= await this.parts.load('evaluation', (samples) =>
      buildEvaluationSums({ ...this.options, batchSize: samples, totalBatchSize: batchSize }),
    );
    const { outputs } = this.evaluation;
    this.parts.share(batch);
    await this.parts.run('evaluation');
    this.addSums();
    const first = loss.targetChannels(description.classes) === 1 ? 1 : 0;
    const list = (name: (typeof counts)[number]) =>
      Array.from(this.addUp(outputs.find((port) => port.name === name)!)[1]).slice(first);
    const [truePositives, falsePositives, falseNegatives] = counts.map(list);
    return { loss: await this.loss(), truePositives, falsePositives, falseNegatives };
  }

  /** A copy of all weights, in the order of PyTorch's state dict. @throws Error after `dispose` */
  async weights(): Promise<Parameters> {
    this.sessions.update.requireOpen();
    return copied(this.start.weights, (name) => this.parts.common.get(names.weight(name)));
  }

  /** A copy of all momenta, in the order of the weights; zeros for parameters that are not trained. @throws Error after `dispose` */
  async momenta(): Promise<Parameters> {
    this.sessions.update.requireOpen();
    const { state } = this;
    return copied(this.start.momenta, (name) => state.get(names.momentum(name))?.data as Float32Array | undefined);
  }

  /** Frees the memory of the graphs and ends the threads. Further calls do nothing. */
  async dispose(): Promise<void> {
    await Promise.all([this.parts.close(), this.sessions.update.dispose(), this.sessions.loss.dispose()]);
  }

  private readonly addUp = ({ name, shape }: GraphPort): [name: string, values: Float32Array] => [
    name,
    this.parts.addUp(name, new Float32Array(sizeOf(shape))),
  ];

  /** Adds the parts' sums up to those of the whole batch. */
  private addSums(): void {
    for (const { name, shape } of this.sessions.loss.graph.inputs) {
      this.parts.addUp(name.replace(/^total/, 'sum'), this.parts.common.array(name, shape));
    }
  }

  private async loss(): Promise<number> {
    const { loss } = this.sessions;
    const totals = loss.graph.inputs.map(
      ({ name }) => [name, loss.tensor(name, this.parts.common.get(name)!.slice())] as const,
    );
    const results = await loss.run(Object.fromEntries(totals));
    return (results[names.loss].data as Float32Array)[0];
  }
}

function isTotal({ name }: GraphPort): boolean {
  return /^total\d+:/.test(name);
}

function copied(all: Parameters, current: (name: string) => Float32Array | undefined): Parameters {
  return new Map(
    [...all].map(([name, { data, shape }]): [string, Tensor] => [
      name,
      { data: (current(name) ?? data).slice(), shape },
    ]),
  );
}
