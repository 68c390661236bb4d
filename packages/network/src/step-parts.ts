import { differentiate, type Expression, pullBack } from '@nnunet/autodiff';
import { input } from '@nnunet/autodiff/operators';
import { evaluationCounts } from './evaluation-step.ts';
import type { BatchSums } from './loss.ts';
import {
  buildLossGraph,
  buildUpdate,
  type LossGraph,
  names,
  nextStatistics,
  type StepOptions,
  trainedParameters,
} from './training-step.ts';

/*
 * A training step cut where sums over the batch meet, so that several sessions can take a part of the batch each. What
 * they compute adds up to what one session computes of the whole: v1's batch Dice and clipping included.
 */

/** The sums of this graph's part of the batch, `sumI:NAME`. */
export function buildSums(options: StepOptions): Record<string, Expression> {
  return namedSums(buildLossGraph(options).sums);
}

/** The loss of a whole batch, given its sums (inputs `totalI:NAME`). */
export function buildLoss(options: StepOptions): Record<string, Expression> {
  const graph = buildLossGraph(options);
  return { [names.loss]: graph.lossOf(totalsOf(graph)) };
}

/**
 * Gradients (`gradient:NAME`) of this graph's part of the batch; those of the parts add up to those of the whole. Where they
 * depend on the sums of the whole batch (in a batch Dice) these are inputs, `totalI:NAME`; else this part's own sums are
 * outputs, so that `buildSums` need not run. Batch norms see this part alone; their next running statistics
 * (`next-weight:NAME`) are outputs too, to be kept of one part.
 */
export function buildGradients(options: StepOptions): Record<string, Expression> {
  const graph = buildLossGraph(options);
  const totals = totalsOf(graph);
  const pairs = [...graph.sums].flatMap(([i, sums]) =>
    Object.entries(sums).map(([name, e]) => [e, totals.get(i)![name]] as const),
  );
  const seeds = differentiate(
    graph.lossOf(totals),
    pairs.map(([, total]) => total),
  );
  const trained = trainedParameters(options.description, graph).filter((p) => p.dependent);
  const gradients = pullBack(
    pairs.map(([sum], i) => [sum, seeds[i]] as const),
    trained.map(({ name }) => graph.weights.get(name)!),
  );
  return {
    ...(dependOn(seeds, new Set(pairs.map(([, total]) => total))) ? {} : namedSums(graph.sums)),
    ...nextStatistics(graph),
    ...Object.fromEntries(trained.map(({ name }, i) => [names.gradient(name), gradients[i]])),
  };
}

/** Clipping and update from the gradients of the whole batch (inputs `gradient:NAME`). */
export function buildUpdateStep(options: StepOptions): Record<string, Expression> {
  const graph = buildLossGraph(options);
  const trained = trainedParameters(options.description, graph);
  const gradients = new Map(
    trained.filter((p) => p.dependent).map(({ name, shape }) => [name, input(names.gradient(name), shape)] as const),
  );
  return buildUpdate({ trained, gradients, weights: graph.weights, options });
}

/** What `buildEvaluationStep` counts in this graph's part of the batch, and its sums in place of the loss. */
export function buildEvaluationSums(options: StepOptions): Record<string, Expression> {
  const graph = buildLossGraph(options, false);
  return { ...namedSums(graph.sums), ...evaluationCounts(graph, options) };
}

function totalsOf({ sums }: LossGraph): Map<number, BatchSums> {
  const totals = ([i, own]: [number, BatchSums]): [number, BatchSums] => [
    i,
    Object.fromEntries(Object.entries(own).map(([name, e]) => [name, input(names.totalSum(i, name), e.shape)])),
  ];
  return new Map([...sums].map(totals));
}

function namedSums(sums: Map<number, BatchSums>): Record<string, Expression> {
  return Object.fromEntries(
    [...sums].flatMap(([i, list]) => Object.entries(list).map(([key, e]) => [names.sum(i, key), e])),
  );
}

function dependOn(outputs: readonly Expression[], inputs: ReadonlySet<Expression>): boolean {
  const stack = [...outputs];
  const seen = new Set<Expression>();
  for (let e = stack.pop(); e !== undefined; e = stack.pop()) {
    if (inputs.has(e)) return true;
    if (seen.has(e)) continue;
    seen.add(e);
    stack.push(...e.inputs);
  }
  return false;
}
