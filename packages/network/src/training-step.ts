import { differentiate, type Expression } from '@nnunet/autodiff';
import { add, input, multiply } from '@nnunet/autodiff/operators';
import { sizeOf } from '@nnunet/tensor';
import { outputWeights } from './deep-supervision.ts';
import { buildForward, total } from './forward.ts';
import type { BatchStatistics } from './forward-operations.ts';
import type { BatchSums, Loss } from './loss.ts';
import { type NetworkDescription, outputShapes } from './network-description.ts';
import { networkLayers } from './network-layers.ts';
import { adamStep, clipFactor, defaultOptimizer, gradientNorm, type OptimizerOptions, sgdStep } from './optimizer.ts';
import { adamNames } from './optimizer-state.ts';
import { type ParameterShape, parameterShapes, trainableShapes } from './parameters.ts';

export interface StepOptions {
  description: NetworkDescription;
  patchSize: readonly number[];
  /** Samples that this graph sees. */
  batchSize: number;
  /** Samples of the whole batch, where several graphs share it; `batchSize` if not given. */
  totalBatchSize?: number;
  loss: Loss;
  /** Weight per output, full resolution first; an output of weight 0 is not computed. v1's if not given. */
  lossWeights?: readonly number[];
  optimizer?: OptimizerOptions;
}

/** Share of a batch in the running statistics of batch norms (PyTorch's default). */
const statisticsMomentum = 0.1;

/**
 * Names of a step's inputs and outputs. Parameters are inputs `weight:NAME` and `momentum:NAME`, and outputs
 * `next-weight:NAME` and `next-momentum:NAME`.
 */
export const names = {
  data: 'data',
  target: (output: number) => `target${output}`,
  learningRate: 'learningRate',
  loss: 'loss',
  gradientNorm: 'gradientNorm',
  weight: (name: string) => `weight:${name}`,
  momentum: (name: string) => `momentum:${name}`,
  gradient: (name: string) => `gradient:${name}`,
  nextWeight: (name: string) => `next-weight:${name}`,
  nextMomentum: (name: string) => `next-momentum:${name}`,
  sum: (output: number, name: string) => `sum${output}:${name}`,
  totalSum: (output: number, name: string) => `total${output}:${name}`,
} as const;

/** The part of a step that evaluation shares: network, sums over the batch, loss. */
export interface LossGraph {
  /** Logits, full resolution first. */
  outputs: Expression[];
  /** Per output of nonzero weight. */
  targets: Map<number, Expression>;
  sums: Map<number, BatchSums>;
  loss: Expression;
  /** The loss as a function of other sums than this graph's own. */
  lossOf(sums: Map<number, BatchSums>): Expression;
  /** Parameters that were asked for, by name. */
  weights: Map<string, Expression>;
  /** What the batch norms saw of the batch; none outside training. */
  statistics: BatchStatistics[];
}

/** @param training false: batch norms use their running statistics */
export function buildLossGraph(options: StepOptions, training = true): LossGraph {
  const { description, patchSize, batchSize, loss } = options;
  const shapes = outputShapes(description, patchSize, batchSize);
  const lossWeights = options.lossWeights ?? outputWeights(description, shapes.length);
  const weighted = shapes.flatMap((_, i) => (lossWeights[i] > 0 ? [i] : []));
  const shapesByName = new Map(parameterShapes(description).map(({ name, shape }) => [name, shape]));
  const weights = new Map<string, Expression>();
  const lookup = (name: string) => {
    const known = weights.get(name) ?? input(names.weight(name), shapesByName.get(name)!);
    weights.set(name, known);
    return known;
  };
  const data = input(names.data, [batchSize, description.inputChannels, ...patchSize]);
  const statistics: BatchStatistics[] = [];
  const onBatchStatistics = (s: BatchStatistics) => statistics.push(s);
  const outputs = buildForward(description, data, lookup, training ? { onBatchStatistics } : {});
  const targets = new Map(weighted.map((i) => [i, input(names.target(i), targetShape(shapes[i], loss))] as const));
  const sums = new Map(weighted.map((i) => [i, loss.sums(outputs[i], targets.get(i)!)] as const));
  const samples = options.totalBatchSize ?? batchSize;
  const lossOf = (of: Map<number, BatchSums>) =>
    total(
      weighted.map((i) => {
        const count = { samples, voxels: sizeOf(shapes[i].slice(2)), classes: description.classes };
        return multiply(loss.value(of.get(i)!, count), lossWeights[i]);
      }),
    );
  return { outputs, targets, sums, loss: lossOf(sums), lossOf, weights, statistics };
}

/** Shape of the target of an output: (samples, channels of the target, …spatial). */
export function targetShape(outputShape: readonly number[], loss: Loss): number[] {
  const [samples, classes, ...size] = outputShape;
  return [samples, loss.targetChannels(classes), ...size];
}

/**
 * Parameters that training changes, in order: those that a loss depends on, and the biases before a norm, whose gradient
 * is zero but which decay. A head without weight in the loss is not among them.
 */
export function trainedParameters(
  description: NetworkDescription,
  { targets, weights }: LossGraph,
): (ParameterShape & { dependent: boolean })[] {
  // Heads are listed from the bottleneck upwards, outputs from full resolution downwards.
  const { decoder } = networkLayers(description);
  const unused = new Set(
    decoder.flatMap(({ head }, u) =>
      targets.has(decoder.length - 1 - u) ? [] : [`${head.name}.weight`, `${head.name}.bias`],
    ),
  );
  return trainableShapes(description).flatMap((p) =>
    unused.has(p.name) ? [] : [{ ...p, dependent: weights.has(p.name) }],
  );
}

/**
 * A whole training step: forward, loss, backward, clipping, update.
 * @returns outputs by name: `loss`, `gradientNorm` (before clipping), next weights and momenta of the trained parameters,
 *   next running statistics of batch norms
 */
export function buildTrainingStep(options: StepOptions): Record<string, Expression> {
  const graph = buildLossGraph(options);
  const trained = trainedParameters(options.description, graph);
  const dependent = trained.filter((p) => p.dependent).map((p) => p.name);
  const gradients = differentiate(
    graph.loss,
    dependent.map((name) => graph.weights.get(name)!),
  );
  const byName = new Map(dependent.map((name, i) => [name, gradients[i]] as const));
  return {
    [names.loss]: graph.loss,
    ...nextStatistics(graph),
    ...buildUpdate({ trained, gradients: byName, weights: graph.weights, options }),
  };
}

/** Running statistics of batch norms after the batch; the variance goes in with the divisor count - 1, as in PyTorch. */
export function nextStatistics({ statistics, weights }: LossGraph): Record<string, Expression> {
  const stored = (name: string, shape: readonly number[]) => {
    const known = weights.get(name) ?? input(names.weight(name), shape);
    weights.set(name, known);
    return known;
  };
  const outputs: Record<string, Expression> = {};
  for (const { norm, bias, mean, variance, count } of statistics) {
    const seen = {
      running_mean: bias === undefined ? mean : add(mean, stored(bias, mean.shape)),
      running_var: multiply(variance, count / (count - 1)),
    };
    for (const [key, value] of Object.entries(seen)) {
      const name = `${norm.name}.${key}`;
      const kept = multiply(input(names.weight(name), value.shape), 1 - statisticsMomentum);
      outputs[names.nextWeight(name)] = add(kept, multiply(value, statisticsMomentum));
    }
  }
  return outputs;
}

/** Clipping and the optimiser's step. @param gradients of the whole batch; a trained parameter without one only decays */
export function buildUpdate({
  trained,
  gradients,
  weights,
  options,
}: {
  trained: readonly ParameterShape[];
  gradients: ReadonlyMap<string, Expression>;
  weights: ReadonlyMap<string, Expression>;
  options: StepOptions;
}): Record<string, Expression> {
  const optimizer = options.optimizer ?? defaultOptimizer;
  const norm = gradientNorm([...gradients.values()]);
  const factor = clipFactor(norm, optimizer.clipNorm);
  const rate = input(names.learningRate, []);
  const step = optimizer.kind === 'adam' ? input(names.momentum(adamNames.step), [1]) : undefined;
  const outputs: Record<string, Expression> = { [names.gradientNorm]: norm };
  for (const { name, shape } of trained) {
    const weight = weights.get(name) ?? input(names.weight(name), shape);
    const momentum = input(names.momentum(name), shape);
    const state = { weight, momentum, gradient: gradients.get(name), factor, rate };
    if (step === undefined) {
      const next = sgdStep(state, optimizer);
      outputs[names.nextWeight(name)] = next.weight;
      outputs[names.nextMomentum(name)] = next.momentum;
      continue;
    }
    const [secondName, greatestName] = [adamNames.second(name), adamNames.greatest(name)];
    const second = input(names.momentum(secondName), shape);
    const next = adamStep({ ...state, second, greatest: input(names.momentum(greatestName), shape), step }, optimizer);
    outputs[names.nextWeight(name)] = next.weight;
    outputs[names.nextMomentum(name)] = next.momentum;
    outputs[names.nextMomentum(secondName)] = next.second;
    outputs[names.nextMomentum(greatestName)] = next.greatest;
  }
  if (step !== undefined) outputs[names.nextMomentum(adamNames.step)] = add(step, 1);
  return outputs;
}
