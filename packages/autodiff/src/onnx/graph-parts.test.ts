import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { OnnxGraph } from './onnx-graph.ts';

it('stores equal constants once, and others apart', () => {
  const g = new OnnxGraph();
  const names = [
    g.constant(1),
    g.constant(1),
    g.constant([1]),
    g.constant([1], 'float32', []),
    g.constant([1, 2]),
    g.constant([1, 2]),
    g.constant([1, 2], 'float32', [2, 1]),
    g.constant([1, 2], 'int64'),
    g.constant([1, 2], 'float64'),
    g.constant([1, 2], 'int32'),
    g.constant([1, 2], 'uint8'),
    g.constant([2, 1]),
  ];
  const [scalar, again, list, shaped, pair, pairAgain, ...others] = names;
  expect([again, shaped, pairAgain]).toEqual([scalar, scalar, pair]);
  expect(new Set([scalar, list, pair, ...others]).size).toBe(3 + others.length);
});

it('names values after their operator or label, in the order of their making', () => {
  const g = new OnnxGraph();
  const x = g.input('x', [2]);
  expect([g.node('Neg', [x]), g.node('Neg', [x], {}, { label: 'mine' })]).toEqual(['Neg_0', 'mine_1']);
  expect(g.nodeWithOutputs('Split', [x], { axis: 0 }, { outputs: 2 })).toEqual(['Split_2', 'Split_2_1']);
  const tensor = { data: Float32Array.of(1), shape: [1] };
  expect([g.initializer('w', tensor), g.initializer('w', { ...tensor, shape: [1, 1] })]).toEqual(['w', 'w']);
  expect(() => g.initializer('w', { data: Float32Array.of(1), shape: [1] })).toThrow('named "w"');
});

it('writes the version of the operators, and each domain of others', async () => {
  const text = (g: OnnxGraph, producer?: string) => Buffer.from(g.encode(producer)).toString('latin1');
  const build = (opset?: number) => {
    const g = opset === undefined ? new OnnxGraph() : new OnnxGraph(opset);
    g.output('y', g.node('Neg', [g.input('x', [2])]), [2]);
    return g;
  };
  // field 8: the empty domain, then the version
  expect(text(build())).toContain('\x42\x04\x0a\x00\x10\x11');
  expect(text(build(15))).toContain('\x42\x04\x0a\x00\x10\x0f');
  expect(text(build()).startsWith('\x08\x08\x12\x10@nnunet/autodiff')).toBe(true);
  expect(text(build(), 'me').startsWith('\x08\x08\x12\x02me')).toBe(true);
  const g = build();
  g.output('z', g.node('Gelu', ['x'], {}, { domain: 'com.microsoft' }), [2]);
  g.node('Gelu', ['x'], {}, { domain: 'com.microsoft' });
  expect(text(g).split('\x42\x11\x0a\x0dcom.microsoft\x10\x01')).toHaveLength(2);
  const { z } = await (await InferenceSession.create(g.encode())).run({ x: new Tensor('float32', [0, 0], [2]) });
  expect([...(z!.data as Float32Array)]).toEqual([0, 0]);
});

it('writes attributes of every kind', async () => {
  const g = new OnnxGraph();
  const x = g.input('x', ['n', 1, 'h', 'w']);
  const y = g.node('Conv', [x, g.constant([1, 2, 3, 4], 'float32', [1, 1, 2, 2])], {
    auto_pad: 'SAME_UPPER',
    kernel_shape: [2, 2],
  });
  g.output('y', y, ['n', 1, 'h', 'w']);
  const constant = g.node('Constant', [], { value_floats: { floats: [1.5, -2] } });
  g.output('list', constant, [2]);
  const session = await InferenceSession.create(g.encode());
  const out = await session.run({ x: new Tensor('float32', [1, 2, 3, 4], [1, 1, 2, 2]) });
  // padded by a row below and a column to the right
  expect([...(out.y!.data as Float32Array)]).toEqual([1 + 4 + 9 + 16, 2 + 3 * 4, 3 + 2 * 4, 4]);
  expect([...(out.list!.data as Float32Array)]).toEqual([1.5, -2]);
});

it('passes an input on under another name', async () => {
  const g = new OnnxGraph();
  const x = g.input('x', [2]);
  g.output('y', x, [2]);
  const session = await InferenceSession.create(g.encode());
  expect([session.inputNames, session.outputNames]).toEqual([['x'], ['y']]);
  expect(() => g.output('x', g.node('Neg', [x]), [2])).toThrow('named "x"');
});
