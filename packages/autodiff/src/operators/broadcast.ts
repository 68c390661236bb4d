import { checkShapes, type Expression, type Operator } from '../expression.ts';

/**
 * Returns the broadcast shape of two operands by NumPy's rule: axes are aligned at the last one, and axes of length 1
 * are repeated.
 * @param omitted number of last axes to leave out. Default: 0
 */
export function broadcastShapes(op: Operator, inputs: readonly [Expression, Expression], omitted = 0): number[] {
  const [a, b] = inputs.map((e) => e.shape.slice(0, e.shape.length - omitted)) as [number[], number[]];
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const m = a[i - rank + a.length] ?? 1;
    const n = b[i - rank + b.length] ?? 1;
    checkShapes(m === n || m === 1 || n === 1, op, inputs);
    return Math.max(m, n);
  });
}
