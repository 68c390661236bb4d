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

it('computes values in one of two ways, as a condition has it', async () => {
  const g = new OnnxGraph();
  const x = g.input('x', [2]);
  const outer = g.node('Neg', [x]);
  const positive = g.node('Greater', [g.node('ReduceSum', [x], { keepdims: 0 }), g.constant(0)]);
  const [a, b] = g.either(positive, [{ shape: [2] }, { shape: [2], type: 'int64' }], {
    yes: () => [g.node('Mul', [x, g.constant(10)]), g.cast(outer, 'int64')],
    no: () => [outer, g.constant([7, 8], 'int64')],
  });
  g.output('a', a!, [2]);
  g.output('b', b!, [2], 'int64');
  const session = await InferenceSession.create(g.encode());
  const run = async (...list: number[]) => {
    const out = await session.run({ x: new Tensor('float32', Float32Array.from(list), [2]) });
    return [...(out.a!.data as Float32Array), ...(out.b!.data as BigInt64Array)].map(Number);
  };
  expect(await run(3, -1)).toEqual([30, -10, -3, 1]);
  expect(await run(-3, 1)).toEqual([3, -1, 7, 8]);
});

it.each([
  ['float32', Float32Array.of(-1.5, 3)],
  ['float64', Float64Array.of(-1 / 3, 3)],
  ['int64', BigInt64Array.of(-(2n ** 40n), 3n)],
  ['int32', Int32Array.of(-(2 ** 20), 3)],
  ['uint8', Uint8Array.of(200, 3)],
  ['int8', Int8Array.of(-100, 3)],
] as const)('stores constants of the type %s', async (type, data) => {
  const g = new OnnxGraph();
  g.output('y', g.node('Identity', [g.initializer('x', { data, shape: [2] })]), [2], type);
  const { y } = await (await InferenceSession.create(g.encode())).run({});
  expect([y!.type, y!.data]).toEqual([type, data]);
});

it('refuses constants of a type that it does not write', () => {
  const g = new OnnxGraph();
  const x = g.initializer('x', { data: Uint16Array.of(1), shape: [1] } as never);
  g.output('y', g.node('Identity', [x]), [1]);
  expect(() => g.encode()).toThrow(/element type/);
});
