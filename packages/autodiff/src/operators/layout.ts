import { sizeOf } from '@nnunet/tensor';
import { checkShapes, commonType, type Expression, type GradientRules, makeExpression } from '../expression.ts';
import { axesOf, checkedAxis } from './axes.ts';

/** Reshapes without reordering the elements. */
export function reshape(x: Expression, shape: readonly number[]): Expression {
  if (x.shape.join() === shape.join()) return x;
  if (sizeOf(shape) !== sizeOf(x.shape)) throw new RangeError(`reshape of ${x.shape.join('x')} to ${shape.join('x')}`);
  return makeExpression({ op: 'reshape', inputs: [x], attributes: {}, shape, type: x.type });
}

/** Axis i of the result is axis permutation[i] of x. */
export function transpose(x: Expression, permutation: readonly number[]): Expression {
  const axes = axesOf('transpose', x, permutation);
  checkShapes(axes.length === x.shape.length, 'transpose', [x], `to axes ${permutation.join(', ')}`);
  const shape = axes.map((axis) => x.shape[axis]!);
  return makeExpression({ op: 'transpose', inputs: [x], attributes: { permutation: axes }, shape, type: x.type });
}

/** Concatenates along an axis; a single expression is returned unchanged. */
export function concat(list: readonly Expression[], axis: number): Expression {
  const first = list[0];
  if (first === undefined) throw new RangeError('concat of nothing');
  const at = checkedAxis('concat', first, axis);
  const type = commonType('concat', list);
  if (list.length === 1) return first;
  checkShapes(
    list.every(
      (e) => e.shape.length === first.shape.length && e.shape.every((n, i) => i === at || n === first.shape[i]),
    ),
    'concat',
    list,
    `along axis ${axis}`,
  );
  const shape = first.shape.map((n, i) => (i === at ? list.reduce((total, e) => total + e.shape[at]!, 0) : n));
  return makeExpression({ op: 'concat', inputs: list, attributes: { axis: at }, shape, type });
}

/** Takes a box of x: along axis i, `shape[i]` elements from `starts[i]` in steps of `steps[i]`. Default step: 1. */
export function slice(
  x: Expression,
  starts: readonly number[],
  shape: readonly number[],
  steps: readonly number[] = shape.map(() => 1),
): Expression {
  checkShapes(
    starts.length === x.shape.length &&
      shape.length === x.shape.length &&
      steps.length === x.shape.length &&
      x.shape.every((n, i) => starts[i]! >= 0 && steps[i]! >= 1 && starts[i]! + (shape[i]! - 1) * steps[i]! < n),
    'slice',
    [x],
  );
  return makeExpression({ op: 'slice', inputs: [x], attributes: { starts, steps }, shape, type: x.type });
}

/** Pads with zeros before and after each axis. */
export function pad(x: Expression, before: readonly number[], after: readonly number[]): Expression {
  checkShapes(before.length === x.shape.length && after.length === x.shape.length, 'pad', [x]);
  if ([...before, ...after].every((n) => n === 0)) return x;
  const shape = x.shape.map((n, i) => n + before[i]! + after[i]!);
  return makeExpression({ op: 'pad', inputs: [x], attributes: { before, after }, shape, type: x.type });
}

/** The adjoint of `slice`: x at the sliced positions, zeros elsewhere. */
function unslice(
  x: Expression,
  starts: readonly number[],
  steps: readonly number[],
  shape: readonly number[],
): Expression {
  let spread = x;
  if (steps.some((s) => s > 1)) {
    // An axis of length n becomes (n, 1), is padded to (n, step) with zeros, and flattened to n * step.
    const split = x.shape.flatMap((n) => [n, 1]);
    const after = steps.flatMap((s) => [0, s - 1]);
    spread = pad(
      reshape(x, split),
      split.map(() => 0),
      after,
    );
    spread = reshape(
      spread,
      x.shape.map((n, i) => n * steps[i]!),
    );
    const lengths = x.shape.map((n, i) => (n - 1) * steps[i]! + 1);
    spread = slice(
      spread,
      lengths.map(() => 0),
      lengths,
    );
  }
  return pad(
    spread,
    starts,
    shape.map((n, i) => n - starts[i]! - spread.shape[i]!),
  );
}

export const layoutGradients: GradientRules = {
  reshape: ({ inputs: [x] }, dy) => [reshape(dy, x!.shape)],
  transpose: ({ attributes: { permutation } }, dy) => [
    transpose(
      dy,
      permutation.map((_, i) => permutation.indexOf(i)),
    ),
  ],
  concat: ({ inputs, attributes: { axis } }, dy) => {
    let at = 0;
    return inputs.map((e) => {
      const starts = e.shape.map((_, i) => (i === axis ? at : 0));
      at += e.shape[axis]!;
      return slice(dy, starts, e.shape);
    });
  },
  slice: ({ inputs: [x], attributes: { starts, steps } }, dy) => [unslice(dy, starts, steps, x!.shape)],
  pad: ({ inputs: [x], attributes: { before } }, dy) => [slice(dy, before, x!.shape)],
};
