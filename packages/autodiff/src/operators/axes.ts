import { checkShapes, type Expression } from '../expression.ts';

/**
 * Resolves an axis of x; negative axes count from the end.
 * @throws RangeError if x does not have the axis
 */
export function checkedAxis(op: string, x: Expression, axis: number): number {
  const rank = x.shape.length;
  checkShapes(Number.isInteger(axis) && axis >= -rank && axis < rank, op, [x], `along axis ${axis}`);
  return axis < 0 ? axis + rank : axis;
}

/** Resolves several axes, without duplicates. Default: all axes. */
export function axesOf(op: string, x: Expression, axes: readonly number[] = x.shape.map((_, i) => i)): number[] {
  const list = axes.map((axis) => checkedAxis(op, x, axis));
  checkShapes(new Set(list).size === list.length, op, [x], `along axes ${axes.join(', ')}`);
  return list;
}
