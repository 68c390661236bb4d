import { sizeOf } from '@nnunet/tensor';
import type { PlainRules } from './rule-table.ts';

export const layoutRules: PlainRules<
  'sum' | 'averagePool' | 'expand' | 'reshape' | 'transpose' | 'concat' | 'slice' | 'pad'
> = {
  sum: (c, { inputs: [x], attributes: { axes, keepDims } }) =>
    axes.length === 0
      ? c.plain(x!)
      : c.graph.node('ReduceSum', [c.plain(x!), c.graph.constant(axes, 'int64')], { keepdims: keepDims ? 1 : 0 }),
  /** In float64, which ONNX Runtime does not support here, a mean over split axes. */
  averagePool(c, { inputs: [x], shape, attributes: { kernel } }) {
    const { graph } = c;
    const value = c.plain(x!);
    if (c.floatType === 'float32') return graph.node('AveragePool', [value], { kernel_shape: kernel, strides: kernel });
    const split = [...shape.slice(0, 2), ...kernel.flatMap((k, i) => [shape[i + 2]!, k])];
    const axes = graph.constant(
      kernel.map((_, i) => 3 + 2 * i),
      'int64',
    );
    const boxes = graph.node('Reshape', [value, graph.constant(split, 'int64')]);
    return graph.node('Div', [graph.node('ReduceSum', [boxes, axes], { keepdims: 0 }), c.float(sizeOf(kernel))]);
  },
  expand: (c, { inputs: [x], shape }) => c.graph.node('Expand', [c.plain(x!), c.graph.constant(shape, 'int64')]),
  reshape: (c, { inputs: [x], shape }) => c.graph.node('Reshape', [c.plain(x!), c.graph.constant(shape, 'int64')]),
  transpose: (c, { inputs: [x], attributes: { permutation } }) =>
    c.graph.node('Transpose', [c.plain(x!)], { perm: permutation }),
  concat: (c, { inputs, attributes: { axis } }) =>
    c.graph.node(
      'Concat',
      inputs.map((e) => c.plain(e)),
      { axis },
    ),
  slice(c, { inputs: [x], shape, attributes: { starts, steps } }) {
    const axes = shape.flatMap((n, i) => (n === x!.shape[i] ? [] : [i]));
    if (axes.length === 0) return c.plain(x!);
    const list = (of: (axis: number) => number) => c.graph.constant(axes.map(of), 'int64');
    return c.graph.node('Slice', [
      c.plain(x!),
      list((i) => starts[i]!),
      list((i) => starts[i]! + (shape[i]! - 1) * steps[i]! + 1),
      list((i) => i),
      list((i) => steps[i]!),
    ]);
  },
  pad: (c, { inputs: [x], attributes: { before, after } }) =>
    c.graph.node('Pad', [c.plain(x!), c.graph.constant([...before, ...after], 'int64')]),
};
