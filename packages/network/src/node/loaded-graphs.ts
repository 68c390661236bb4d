import type { LoweredGraph } from '@nnunet/autodiff';
import { GraphSession } from '../graph-session.ts';
import type { GraphSessionOptions, RuntimeTensor } from '../runtime.ts';
import { nodeRuntime } from './node-runtime.ts';

/** Arrays in shared memory, by the names of a graph's inputs and outputs. */
export type SharedArrays = Readonly<Record<string, Float32Array>>;

/** Requests to a thread that runs graphs. Each run reads its inputs from shared memory and writes its outputs there. */
export type GraphRequest =
  | {
      kind: 'load';
      /** Key of the graph, in `run`. */
      key: string;
      graph: LoweredGraph;
      inputs: SharedArrays;
      outputs: SharedArrays;
      options: GraphSessionOptions;
    }
  | { kind: 'run'; key: string }
  | { kind: 'free' };

interface LoadedGraph {
  session: GraphSession;
  inputs: SharedArrays;
  /** Copies of the inputs: the runtime does not accept shared memory. */
  feeds: Record<string, RuntimeTensor>;
  outputs: SharedArrays;
}

/** Graphs by key; inputs and outputs are in shared memory. */
export class LoadedGraphs {
  readonly #graphs = new Map<string, LoadedGraph>();

  async answer(request: GraphRequest): Promise<void> {
    if (request.kind === 'load') {
      const { key, graph, inputs, outputs, options } = request;
      const session = await GraphSession.create(nodeRuntime, graph, options);
      const copies = Object.entries(inputs).map(([name, { length }]) => [name, new Float32Array(length)] as const);
      const feeds = Object.fromEntries(copies.map(([name, copy]) => [name, session.tensor(name, copy)]));
      this.#graphs.set(key, { session, inputs, feeds, outputs });
    } else if (request.kind === 'run') {
      const { session, inputs, feeds, outputs } = this.#graphs.get(request.key)!;
      for (const [name, shared] of Object.entries(inputs)) (feeds[name]!.data as Float32Array).set(shared);
      const results = await session.run(feeds);
      for (const [name, shared] of Object.entries(outputs)) shared.set(results[name]!.data as Float32Array);
    } else {
      for (const { session } of this.#graphs.values()) await session.dispose();
      this.#graphs.clear();
    }
  }
}
