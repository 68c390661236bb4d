import { OnnxGraph } from '@nnunet/autodiff';
import { GraphSession } from './graph-session.ts';
import type { GraphSessionOptions, Runtime, RuntimeTensor } from './runtime.ts';

/**
 * Reads values into arrays of this program. Values in device memory are copied by a graph that does nothing else:
 * onnxruntime-node ends the process when a tensor there is asked for its data.
 */
export async function readFromDevice(
  runtime: Runtime,
  values: ReadonlyMap<string, RuntimeTensor>,
  options: GraphSessionOptions,
): Promise<Map<string, Float32Array>> {
  const there = [...values].filter(([, { location }]) => location === 'gpu-buffer');
  const results = there.length === 0 ? {} : await copied(runtime, new Map(there), options);
  return new Map([...values].map(([name, value]) => [name, (results[name] ?? value).data as Float32Array]));
}

async function copied(runtime: Runtime, values: ReadonlyMap<string, RuntimeTensor>, options: GraphSessionOptions) {
  const graph = new OnnxGraph();
  const ports = [...values].map(([name, { dims }]) => ({ name, shape: dims, type: 'float32' as const }));
  for (const { name, shape } of ports) {
    const copy = graph.node('Identity', [graph.input(`device:${name}`, shape)]);
    graph.output(name, copy, shape);
  }
  const session = await GraphSession.create(runtime, { model: graph.encode(), inputs: ports, outputs: ports }, options);
  try {
    return await session.run(Object.fromEntries([...values].map(([name, value]) => [`device:${name}`, value])));
  } finally {
    await session.dispose();
  }
}
