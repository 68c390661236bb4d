import { differentiate, type Expression, reachable } from '@nnunet/autodiff';
import { add, input, multiply } from '@nnunet/autodiff/operators';
import { sizeOf } from '@nnunet/tensor';
import { outputWeights } from './deep-supervision.ts';
import { buildForward, type ForwardOptions, total } from './forward.ts';
import type { BatchStatistics } from './layers.ts';
import type { Loss } from './loss.ts';
import { networkOf } from './network.ts';
import { type NetworkDescription, outputShapes } from './network-description.ts';
import { type BatchInput, type NetworkGraph, names, type StateInput } from './network-graph.ts';
import { badOptimizer, callOptimizer, checkValues, clipFactor, gradientNorm, type Optimizer } from './optimizer.ts';
import { commonShapes, keptShapes, momentumName, momentumShapes } from './optimizer-state.ts';
import { sgd } from './optimizers.ts';
import { type ParameterShape, parameterShapes, trainableShapes } from './parameters.ts';

export interface StepOptions {
  description: NetworkDescription;
  patchSize: readonly number[];
  /** Number of samples in this graph. */
  batchSize: number;
  /** Samples of the whole batch, if several graphs share it. Default: `batchSize`. */
  totalBatchSize?: number;
  loss: Loss;
  /** Weight per output, full resolution first; outputs of weight 0 are not computed. Default: v1's. */
  lossWeights?: readonly number[];
  /** Default: `sgd`. */
  optimizer?: Optimizer;
}

/** Weight of a batch in the running statistics of batch norms (PyTorch's default). */
const statisticsMomentum = 0.1;

/** The part of a step shared with evaluation: network, sums over the batch, loss. */
export interface LossGraph extends Pick<NetworkGraph<BatchInput>, 'inputs'> {
  /** Logits, full resolution first. */
  outputs: readonly [Expression, ...Expression[]];
  /** Sums of all outputs with nonzero weight, by output and name. */
  sums: Map<string, Expression>;
  loss: Expression;
  /** The loss as a function of sums other than this graph's own. */
  lossOf(sums: ReadonlyMap<string, Expression>): Expression;
  /** Parameters requested so far. */
  weights: Map<string, Expression>;
  /** Batch statistics of the batch norms; empty outside training. */
  statistics: BatchStatistics[];
  /** Probability of each dropout, in the order of the masks. */
  dropouts: readonly number[];
}

/** @param training if false, batch norms use their running statistics */
export function buildLossGraph(options: StepOptions, training = true): LossGraph {
  const { description, patchSize, batchSize, loss } = options;
  const shapes = outputShapes(description, patchSize, batchSize);
  const lossWeights = options.lossWeights ?? outputWeights(description, shapes.length);
  const weighted = shapes.flatMap(([samples, classes, ...size], output) => {
    const weight = lossWeights[output] ?? 0;
    const count = { samples: options.totalBatchSize ?? samples, voxels: sizeOf(size), classes };
    const targetShape = [samples, loss.targetChannels(classes), ...size];
    return weight > 0 ? [{ output, weight, targetShape, count, keyOf: (sum: string) => `${output}:${sum}` }] : [];
  });
  const shapesByName = new Map(parameterShapes(description).map(({ name, shape }) => [name, shape]));
  const weights = new Map<string, Expression>();
  const lookup = (name: string) => stateInput('weights', weights, name, shapesByName.get(name)!);
  const data = input(names.data, [batchSize, description.inputChannels, ...patchSize]);
  const statistics: BatchStatistics[] = [];
  const dropouts: number[] = [];
  const masks = new Map<number, Expression>();
  const inTraining: ForwardOptions = {
    onBatchStatistics: (s) => statistics.push(s),
    mask(probability, shape) {
      const mask = input(names.masks(dropouts.length), shape);
      masks.set(dropouts.push(probability) - 1, mask);
      return mask;
    },
  };
  const outputs = buildForward(description, data, lookup, training ? inTraining : {});
  const targets = new Map(
    weighted.map(({ output, targetShape }) => [output, input(names.targets(output), targetShape)] as const),
  );
  const parts = weighted.map((part) => ({
    ...part,
    own: Object.entries(loss.sums(outputs[part.output]!, targets.get(part.output)!)),
  }));
  const sums = new Map(parts.flatMap(({ own, keyOf }) => own.map(([name, sum]) => [keyOf(name), sum] as const)));
  const lossOf = (of: ReadonlyMap<string, Expression>) =>
    total(
      parts.map(({ own, keyOf, count, weight }) => {
        const values = Object.fromEntries(own.map(([name]) => [name, of.get(keyOf(name))!]));
        return multiply(loss.value(values, count), weight);
      }),
    );
  return { inputs: { data, targets, masks }, outputs, sums, loss: lossOf(sums), lossOf, weights, statistics, dropouts };
}

/** Returns the input of a weight or momentum, creating it on first request. */
function stateInput(kind: StateInput, known: Map<string, Expression>, name: string, shape: readonly number[]) {
  const made = known.get(name) ?? input(names[kind](name), shape);
  known.set(name, made);
  return made;
}

/**
 * Parameters that training changes, in order: those that the loss depends on, and the biases that a norm cancels, whose
 * gradient is zero but which decay. A head with zero loss weight is not among them.
 */
export function trainedParameters(
  description: NetworkDescription,
  { loss, weights }: LossGraph,
): (ParameterShape & { dependent: boolean })[] {
  const needed = new Set(reachable([loss]));
  return networkOf(description).parameters.flatMap(({ name, shape, statistic, cancelled }) => {
    const weight = weights.get(name);
    const dependent = weight !== undefined && needed.has(weight);
    return !statistic && (dependent || cancelled) ? [{ name, shape, dependent }] : [];
  });
}

/**
 * Builds a whole training step: forward pass, loss, backward pass, clipping, update.
 *
 * @returns outputs by name: `loss`, `gradientNorm` (before clipping), next weights and momenta of the trained
 * parameters, next running statistics of batch norms
 */
export function buildTrainingStep(options: StepOptions): NetworkGraph<BatchInput | StateInput | 'learningRate'> {
  const graph = buildLossGraph(options);
  const trained = trainedParameters(options.description, graph);
  const dependent = trained.filter((p) => p.dependent).map((p) => p.name);
  const slopes = differentiate(
    graph.loss,
    dependent.map((name) => graph.weights.get(name)!),
  );
  const gradients = new Map(dependent.map((name, i) => [name, slopes[i]!] as const));
  const statistics = nextStatistics(graph);
  const update = buildUpdate(options, { trained, gradients, weights: graph.weights });
  return {
    inputs: { ...update.inputs, ...graph.inputs },
    outputs: { [names.loss]: graph.loss, ...statistics, ...update.outputs },
    dropouts: graph.dropouts,
  };
}

/**
 * Computes the running statistics of batch norms after the batch; the variance enters with the divisor count - 1, as in
 * PyTorch.
 */
export function nextStatistics({ statistics, weights }: LossGraph): Record<string, Expression> {
  const outputs: Record<string, Expression> = {};
  const stored = (name: string, shape: readonly number[]) => stateInput('weights', weights, name, shape);
  for (const { norm, bias, mean, variance, count } of statistics) {
    const seen = {
      running_mean: bias === undefined ? mean : add(mean, stored(bias, mean.shape)),
      running_var: multiply(variance, count / (count - 1)),
    };
    for (const [key, value] of Object.entries(seen)) {
      const name = `${norm}.${key}`;
      const kept = multiply(stored(name, value.shape), 1 - statisticsMomentum);
      outputs[names.next.weights(name)] = add(kept, multiply(value, statisticsMomentum));
    }
  }
  return outputs;
}

/**
 * Clips the gradients and applies the optimiser's step.
 *
 * @param graph `gradients` of the whole batch; a trained parameter without one only decays
 * @throws NnUNetError 'bad-optimizer'
 */
export function buildUpdate(
  { optimizer = sgd }: Pick<StepOptions, 'optimizer'>,
  graph: {
    trained: readonly ParameterShape[];
    gradients: ReadonlyMap<string, Expression>;
    weights: ReadonlyMap<string, Expression>;
  },
): NetworkGraph<StateInput | 'learningRate'> {
  const { trained, gradients } = graph;
  const norm = gradientNorm([...gradients.values()]);
  const factor = clipFactor(norm, optimizer.clipNorm ?? Number.POSITIVE_INFINITY);
  const rate = input(names.learningRate, []);
  const [weights, momenta] = [new Map(graph.weights), new Map<string, Expression>()];
  const outputs: Record<string, Expression> = { [names.gradientNorm]: norm };
  /** What is kept under these names, before the step. */
  const kept = (shapes: ReturnType<typeof commonShapes>, nameOf: (kept: string) => string) =>
    Object.fromEntries(
      Object.entries(shapes).map(([key, shape]) => [key, stateInput('momenta', momenta, nameOf(key), shape)]),
    );
  const commonOnes = commonShapes(optimizer);
  const common = kept(commonOnes, (key) => key);
  for (const { name, shape } of trained) {
    const weight = stateInput('weights', weights, name, shape);
    const shapes = keptShapes(optimizer, { name, shape });
    const state = kept(shapes, (key) => momentumName(name, key));
    const gradient = gradients.get(name);
    const what = `step of ${name}`;
    const next = callOptimizer(optimizer, what, () =>
      optimizer.step({ name, weight, gradient, factor, state, common, rate }),
    );
    checkValues(optimizer, what, { weight: shape }, { weight: next?.weight });
    checkValues(optimizer, what, shapes, next.state);
    outputs[names.next.weights(name)] = next.weight;
    for (const key of Object.keys(shapes)) outputs[names.next.momenta(momentumName(name, key))] = next.state[key]!;
  }
  if (Object.keys(commonOnes).length > 0) {
    const next = callOptimizer(optimizer, 'nextCommon', () => optimizer.nextCommon!(common));
    checkValues(optimizer, 'nextCommon', commonOnes, next);
    for (const key of Object.keys(commonOnes)) outputs[names.next.momenta(key)] = next[key]!;
  }
  return { inputs: { weights, momenta, learningRate: rate }, outputs };
}

/**
 * Checks the values that an optimiser keeps and computes for a network, with and without gradients.
 *
 * @throws NnUNetError 'bad-optimizer' naming the method and the parameter
 */
export function checkOptimizer(description: NetworkDescription, optimizer: Optimizer): void {
  momentumShapes(description, optimizer);
  const trained = trainableShapes(description);
  const gradients = new Map(
    trained.flatMap(({ name, shape }) => (shape.length > 1 ? [[name, input(names.gradients(name), shape)]] : [])),
  );
  const { inputs, outputs } = buildUpdate({ optimizer }, { trained, gradients, weights: new Map() });
  const given = new Set<Expression>([
    ...[gradients, inputs.weights, inputs.momenta].flatMap((values) => [...(values?.values() ?? [])]),
    inputs.learningRate,
  ]);
  const foreign = reachable(Object.values(outputs)).find((e) => e.op === 'input' && !given.has(e));
  if (foreign !== undefined) {
    const { name } = foreign.attributes as { name: string };
    throw badOptimizer(optimizer.name, `it uses the input "${name}", which is none of those that \`step\` is given`);
  }
}
