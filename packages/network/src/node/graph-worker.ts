import { parentPort } from 'node:worker_threads';
import { toPortable } from '@nnunet/errors/internal';
import type { Tensor } from 'onnxruntime-node';
import type { GraphAnswer, GraphRequest, SharedArrays } from './graph-messages.ts';
import { GraphSession } from './run-graph.ts';

/** A thread that runs graphs, from shared memory to shared memory. */
const port = parentPort!;
const graphs = new Map<string, LoadedGraph>();

interface LoadedGraph {
  session: GraphSession;
  inputs: SharedArrays;
  /** Copies of the inputs: the runtime takes no shared memory. */
  feeds: Record<string, Tensor>;
  outputs: SharedArrays;
}

async function answer(request: GraphRequest): Promise<void> {
  switch (request.kind) {
    case 'load': {
      const { key, graph, inputs, outputs, options } = request;
      const session = await GraphSession.create(graph, options);
      const copies = Object.entries(inputs).map(([name, { length }]) => [name, new Float32Array(length)] as const);
      const feeds = Object.fromEntries(copies.map(([name, copy]) => [name, session.tensor(name, copy)]));
      graphs.set(key, { session, inputs, feeds, outputs });
      return;
    }
    case 'run': {
      const { session, inputs, feeds, outputs } = graphs.get(request.key)!;
      for (const [name, shared] of Object.entries(inputs)) (feeds[name]!.data as Float32Array).set(shared);
      const results = await session.run(feeds);
      for (const [name, shared] of Object.entries(outputs)) shared.set(results[name]!.data as Float32Array);
      return;
    }
    case 'close':
      for (const { session } of graphs.values()) await session.dispose();
      graphs.clear();
  }
}

// Ends the thread: a request that cannot be read has no number to answer to.
port.on('messageerror', (error) => {
  throw error;
});
port.on('message', async (request: GraphRequest) => {
  const { id } = request;
  try {
    await answer(request);
    port.postMessage({ id } satisfies GraphAnswer);
  } catch (error) {
    port.postMessage({ id, error: toPortable(error) } satisfies GraphAnswer);
  }
  // Nothing else keeps the thread alive.
  if (request.kind === 'close') port.close();
});
