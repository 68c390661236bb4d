import { OnnxGraph } from '@nnunet/autodiff';
import { isNnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { GraphSession } from './graph-session.ts';
import { nodeRuntime } from './node/node-runtime.ts';
import { runtimeError } from './runtime-error.ts';

it('says in plain words that memory runs out', async () => {
  const graph = new OnnxGraph();
  const size = 2 ** 46;
  const port = (name: string, n: number) => ({ name, shape: [n], type: 'float32' }) as const;
  graph.output('y', graph.node('Expand', [graph.input('x', [1]), graph.constant([size], 'int64')]), [size]);
  const session = await GraphSession.create(nodeRuntime, {
    model: graph.encode(),
    inputs: [port('x', 1)],
    outputs: [port('y', size)],
  });
  const error = await session.run({ x: session.tensor('x', Float32Array.of(1)) }).catch((e: unknown) => e);
  await session.dispose();
  expect(isNnUNetError(error, 'memory-limit')).toBe(true);
  expect((error as Error).message).toMatch(
    /^the memory of this machine is too small for the network, for 281475\.0 GB/,
  );
});

it('knows what devices say, and leaves other errors as they are', () => {
  // what CUDA's allocator and its library say
  for (const text of [
    'CUDA failure 2: out of memory ; GPU=0',
    'Failed to allocate memory for requested buffer of size 8',
  ]) {
    const error = runtimeError(new Error(text), 'cuda');
    expect(isNnUNetError(error, 'memory-limit') && error.message).toMatch(/of the device \(cuda\)/);
  }
  const other = new Error('Non-zero status code');
  expect(runtimeError(other, 'cpu')).toBe(other);
});
