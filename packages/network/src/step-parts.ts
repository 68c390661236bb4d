import { differentiate, type Expression, pullBack, reachable } from '@nnunet/autodiff';
import { input } from '@nnunet/autodiff/operators';
import { evaluationCounts } from './evaluation-step.ts';
import { type BatchInput, type NetworkGraph, names, type StateInput } from './network-graph.ts';
import {
  buildLossGraph,
  buildUpdate,
  type LossGraph,
  nextStatistics,
  type StepOptions,
  trainedParameters,
} from './training-step.ts';

/*
 * A training step cut where sums over the batch meet, so that several sessions can take a part of the batch each. What
 * they compute adds up to what one session computes of the whole: v1's batch Dice and clipping included.
 */

/** Computes the sums over this graph's part of the batch. */
export function buildSums(options: StepOptions): NetworkGraph<BatchInput | 'weights'> {
  const { inputs, weights, sums } = buildLossGraph(options);
  return { inputs: { ...inputs, weights }, outputs: namedSums(sums) };
}

/** Computes the loss of a whole batch from its sums. */
export function buildLoss(options: StepOptions): NetworkGraph<'totals'> {
  const graph = buildLossGraph(options);
  const totals = totalsOf(graph);
  return { inputs: { totals }, outputs: { [names.loss]: graph.lossOf(totals) } };
}

/**
 * Computes the gradients of this graph's part of the batch; those of all parts add up to those of the whole. If they
 * depend on the sums of the whole batch (for a batch Dice), these are inputs; otherwise `totals` is empty and this
 * part's own sums are outputs, so that `buildSums` need not run. Batch norms only see this part; their next running
 * statistics are outputs too, to be taken from one of the parts.
 */
export function buildGradients(options: StepOptions): NetworkGraph<BatchInput | 'weights' | 'totals'> {
  const graph = buildLossGraph(options);
  const totals = totalsOf(graph);
  const seeds = differentiate(graph.lossOf(totals), [...totals.values()]);
  const trained = trainedParameters(options.description, graph).filter((p) => p.dependent);
  const gradients = pullBack(
    [...graph.sums.values()].map((sum, i) => [sum, seeds[i]!] as const),
    trained.map(({ name }) => graph.weights.get(name)!),
  );
  const needed = new Set(reachable(seeds));
  const whole = [...totals.values()].some((total) => needed.has(total));
  const outputs = {
    ...(whole ? {} : namedSums(graph.sums)),
    ...nextStatistics(graph),
    ...Object.fromEntries(trained.map(({ name }, i) => [names.gradients(name), gradients[i]!])),
  };
  const inputs = { ...graph.inputs, weights: graph.weights, totals: whole ? totals : new Map() };
  return { inputs, outputs, dropouts: graph.dropouts };
}

/** Clips the gradients of the whole batch and updates the state. */
export function buildUpdateStep(options: StepOptions): NetworkGraph<StateInput | 'gradients' | 'learningRate'> {
  const graph = buildLossGraph(options);
  const trained = trainedParameters(options.description, graph);
  const gradients = new Map(
    trained.filter((p) => p.dependent).map(({ name, shape }) => [name, input(names.gradients(name), shape)] as const),
  );
  const { inputs, outputs } = buildUpdate(options, { trained, gradients, weights: graph.weights });
  return { inputs: { ...inputs, gradients }, outputs };
}

/** Counts what `buildEvaluationStep` counts in this graph's part of the batch, with its sums instead of the loss. */
export function buildEvaluationSums(options: StepOptions): NetworkGraph<BatchInput | 'weights'> {
  const graph = buildLossGraph(options, false);
  return {
    inputs: { ...graph.inputs, weights: graph.weights },
    outputs: { ...namedSums(graph.sums), ...evaluationCounts(graph, options) },
  };
}

function totalsOf({ sums }: LossGraph): Map<string, Expression> {
  return new Map([...sums].map(([key, { shape }]) => [key, input(names.totals(key), shape)]));
}

function namedSums(sums: LossGraph['sums']): Record<string, Expression> {
  return Object.fromEntries([...sums].map(([key, sum]) => [names.sums(key), sum]));
}
