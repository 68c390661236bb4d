import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { OnnxGraph } from './onnx-graph.ts';

it('writes a model that ONNX Runtime loads and runs', async () => {
  const g = new OnnxGraph();
  const x = g.input('x', ['n', 3]);
  const w = g.initializer('w', { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2] });
  const y = g.node('LeakyRelu', [g.node('Add', [g.node('MatMul', [x, w]), g.constant(-10)])], {
    alpha: { float: 0.5 },
  });
  const t = g.node('Transpose', [y], { perm: [1, 0] });
  g.output('y', t, [2, 'n']);
  const session = await InferenceSession.create(g.encode());
  const { y: out } = await session.run({ x: new Tensor('float32', Float32Array.of(1, 1, 1, -1, 0, 2), [2, 3]) });
  expect(out!.dims).toEqual([2, 2]);
  expect([...(out!.data as Float32Array)]).toEqual([-0.5, -0.5, 2, 0]);
});

it('leaves out nodes that no output depends on', () => {
  const build = (withDead: boolean) => {
    const g = new OnnxGraph();
    const x = g.input('x', [2]);
    const y = g.node('Neg', [x]);
    if (withDead) g.node('Exp', [g.node('Exp', [y])]);
    g.output('y', y, [2]);
    return g.encode();
  };
  expect(build(true)).toEqual(build(false));
});
