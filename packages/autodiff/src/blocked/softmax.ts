import type { OnnxGraph } from '../onnx/onnx-graph.ts';

/**
 * Softmax or log-softmax along an axis other than the last, by sums over that axis. The provider's own operator
 * transposes the tensor, which takes several times as long.
 * @param x ordinary layout
 */
export function softmaxOverAxis(
  graph: OnnxGraph,
  x: string,
  { op, attributes: { axis } }: { op: 'softmax' | 'logSoftmax'; attributes: { axis: number } },
): string {
  const greatest = graph.node('ReduceMax', [x], { axes: [axis], keepdims: 1 });
  const shifted = graph.node('Sub', [x, greatest]);
  const exponentials = graph.node('Exp', [shifted]);
  const total = graph.node('ReduceSum', [exponentials, graph.constant([axis], 'int64')], { keepdims: 1 });
  if (op === 'softmax') return graph.node('Div', [exponentials, total]);
  return graph.node('Sub', [shifted, graph.node('Log', [total])]);
}
