import type { LoweredGraph } from '@nnunet/autodiff';
import type { PortableError } from '@nnunet/errors/internal';
import type { GraphSessionOptions } from './run-graph.ts';

/** Arrays on shared memory by the names of a graph's inputs and outputs. */
export type SharedArrays = Readonly<Record<string, Float32Array>>;

/** What a thread that runs graphs is asked for. */
export type GraphRequest =
  | {
      kind: 'load';
      id: number;
      /** Of the graph, in `run`. */
      key: string;
      graph: LoweredGraph;
      inputs: SharedArrays;
      outputs: SharedArrays;
      options: GraphSessionOptions;
    }
  | { kind: 'run'; id: number; key: string }
  | { kind: 'close'; id: number };

export interface GraphAnswer {
  id: number;
  error?: PortableError;
}
