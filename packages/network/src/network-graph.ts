import type { Expression } from '@nnunet/autodiff';

/** Inputs of a network's graphs, by kind: expressions, arrays or tensors. */
export interface GraphInputs<V> {
  /** Batch: (samples, channels, …patch). */
  data: V;
  /** Batch: by output number, 0 being full resolution; none for outputs with zero loss weight. */
  targets: ReadonlyMap<number, V>;
  /** Batch: factors of the channels at each dropout, by its number, (samples, channels); only in training. */
  masks: ReadonlyMap<number, V>;
  /** State: by PyTorch's names, including running statistics of batch norms. */
  weights: ReadonlyMap<string, V>;
  /** State: values that the optimiser keeps between steps, see `momentumShapes`. */
  momenta: ReadonlyMap<string, V>;
  learningRate: V;
  /** Gradients of the whole batch, by parameter; used if several sessions share it. */
  gradients: ReadonlyMap<string, V>;
  /** Sums of the loss over the whole batch, by `sumKey`; used if several sessions share it. */
  totals: ReadonlyMap<string, V>;
}

export type BatchInput = 'data' | 'targets' | 'masks';
export type StateInput = 'weights' | 'momenta';

/** A computation and its inputs. */
export interface NetworkGraph<I extends keyof GraphInputs<unknown>> {
  inputs: Pick<GraphInputs<Expression>, I>;
  /** By name in the graph, see {@link names}. */
  outputs: Record<string, Expression>;
  /** Probability of each dropout, by number of its mask. */
  dropouts?: readonly number[];
}

/** Names of inputs and outputs in a graph. They are only generated, never parsed. */
export const names = {
  data: 'data',
  targets: (output: number) => `target${output}`,
  masks: (dropout: number) => `mask${dropout}`,
  weights: (parameter: string) => `weight:${parameter}`,
  momenta: (momentum: string) => `momentum:${momentum}`,
  learningRate: 'learningRate',
  gradients: (parameter: string) => `gradient:${parameter}`,
  totals: (sum: string) => `total${sum}`,
  sums: (sum: string) => `sum${sum}`,
  /** Output of a prediction. */
  output: 'output',
  loss: 'loss',
  gradientNorm: 'gradientNorm',
  /** The state after a step. */
  next: {
    weights: (parameter: string) => `next-weight:${parameter}`,
    momenta: (momentum: string) => `next-momentum:${momentum}`,
  },
} as const;

/** Inputs by name in the graph. */
export function byInputName<V>(inputs: Partial<GraphInputs<V>>): Record<string, V> {
  const entries = Object.entries(inputs).flatMap(([key, value]): [string, V][] => {
    const name = names[key as 'data' | 'weights'];
    if (typeof name === 'string') return [[name, value as V]];
    return [...(value as ReadonlyMap<string, V>)].map(([of, each]) => [name(of), each]);
  });
  return Object.fromEntries(entries);
}
