import type { Expression } from '@nnunet/autodiff';

/** What the graphs of a network read, by what it is: expressions, arrays or tensors. */
export interface GraphInputs<V> {
  /** Of the batch: (samples, channels, …patch). */
  data: V;
  /** Of the batch: by the number of the output, 0 being full resolution; none for outputs without weight in the loss. */
  targets: ReadonlyMap<number, V>;
  /** State: by PyTorch's names, running statistics of batch norms included. */
  weights: ReadonlyMap<string, V>;
  /** State: what the optimiser keeps from step to step, see `momentumShapes`. */
  momenta: ReadonlyMap<string, V>;
  learningRate: V;
  /** Of the whole batch, by parameter; where several sessions share it. */
  gradients: ReadonlyMap<string, V>;
  /** Sums of the loss over the whole batch, by `sumKey`; where several sessions share it. */
  totals: ReadonlyMap<string, V>;
}

export type BatchInput = 'data' | 'targets';
export type StateInput = 'weights' | 'momenta';

/** A computation, and what it reads. */
export interface NetworkGraph<I extends keyof GraphInputs<unknown>> {
  inputs: Pick<GraphInputs<Expression>, I>;
  /** By their names in the graph, see {@link names}. */
  outputs: Record<string, Expression>;
}

/** Names in a graph of what goes in and comes out. They are made here, and read by nobody. */
export const names = {
  data: 'data',
  targets: (output: number) => `target${output}`,
  weights: (parameter: string) => `weight:${parameter}`,
  momenta: (momentum: string) => `momentum:${momentum}`,
  learningRate: 'learningRate',
  gradients: (parameter: string) => `gradient:${parameter}`,
  totals: (sum: string) => `total${sum}`,
  sums: (sum: string) => `sum${sum}`,
  /** Of a prediction. */
  output: 'output',
  loss: 'loss',
  gradientNorm: 'gradientNorm',
  /** The state after a step. */
  next: {
    weights: (parameter: string) => `next-weight:${parameter}`,
    momenta: (momentum: string) => `next-momentum:${momentum}`,
  },
} as const;

/** Inputs by their names in the graph. */
export function named<V>(inputs: Partial<GraphInputs<V>>): Record<string, V> {
  const entries = Object.entries(inputs).flatMap(([key, value]): [string, V][] => {
    const name = names[key as 'data' | 'weights'];
    if (typeof name === 'string') return [[name, value as V]];
    return [...(value as ReadonlyMap<string, V>)].map(([of, each]) => [name(of), each]);
  });
  return Object.fromEntries(entries);
}
