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

/** The sums of this graph's part of the batch. */
export function buildSums(options: StepOptions): NetworkGraph<BatchInput | 'weights'> {
  const { inputs, weights, sums } = buildLossGraph(options);
  return { inputs: { ...inputs, weights }, outputs: namedSums(sums) };
}

/** The loss of a whole batch, given its sums. */
export function buildLoss(options: StepOptions): NetworkGraph<'totals'> {
  const graph = buildLossGraph(options);
  const totals = totalsOf(graph);
  return { inputs: { totals }, outputs: { [names.loss]: graph.lossOf(totals) } };
}

/**
 * Gradients of this graph's part of the batch; those of the parts add up to those of the whole. Where they depend on the
 * sums of the whole batch (in a batch Dice) these are inputs; else `totals` is empty and this part's own sums are outputs,
 * so that `buildSums` need not run. Batch norms see this part alone; their next running statistics are outputs too, to be
 * kept of one part.
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
  return { inputs: { ...graph.inputs, weights: graph.weights, totals: whole ? totals : new Map() }, outputs };
}

/** Clipping and update from the gradients of the whole batch. */
export function buildUpdateStep(options: StepOptions): NetworkGraph<StateInput | 'gradients' | 'learningRate'> {
  const graph = buildLossGraph(options);
  const trained = trainedParameters(options.description, graph);
  const gradients = new Map(
    trained.filter((p) => p.dependent).map(({ name, shape }) => [name, input(names.gradients(name), shape)] as const),
  );
  const { inputs, outputs } = buildUpdate(options, { trained, gradients, weights: graph.weights });
  return { inputs: { ...inputs, gradients }, outputs };
}

/** What `buildEvaluationStep` counts in this graph's part of the batch, and its sums in place of the loss. */
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
