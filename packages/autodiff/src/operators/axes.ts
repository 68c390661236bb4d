import { checkShapes, type Expression } from '../expression.ts';

/**
 * An axis of x as its builders take it: negative ones count from the end.
 * @throws RangeError for an axis that x does not have
 */
export function axisOf(op: string, x: Expression, axis: number): number {
  const rank = x.shape.length;
  checkShapes(Number.isInteger(axis) && axis >= -rank && axis < rank, op, [x], `along axis ${axis}`);
  return axis < 0 ? axis + rank : axis;
}

/** Several axes, each once; all of them if not given. */
export function axesOf(op: string, x: Expression, axes: readonly number[] = x.shape.map((_, i) => i)): number[] {
  const list = axes.map((axis) => axisOf(op, x, axis));
  checkShapes(new Set(list).size === list.length, op, [x], `along axes ${axes.join(', ')}`);
  return list;
}
