import {
  checkShapes,
  type Expression,
  type GradientRules,
  type InterpolationMode,
  makeExpression,
} from '../expression.ts';

/**
 * Interpolates to another spatial size, per axis and as `torch.nn.functional.interpolate` with `align_corners=False`:
 * 'linear' takes the position (i + 0.5) * n / m - 0.5 for element i of m (n elements before), within the image;
 * 'nearest' takes element floor(i * n / m).
 * @param x (N, C, …spatial)
 * @param size spatial size of the result
 * @returns (N, C, …size)
 */
export function interpolate(x: Expression, size: readonly number[], { mode }: { mode: InterpolationMode }): Expression {
  checkShapes(x.shape.length === size.length + 2, 'interpolate', [x], `to ${size.join('x')}`);
  if (x.shape.slice(2).join() === size.join()) return x;
  const shape = [...x.shape.slice(0, 2), ...size];
  return makeExpression({ op: 'interpolate', inputs: [x], attributes: { mode }, shape });
}

/** The adjoint of `interpolate`, from the size of its result to that of its input. */
export function interpolateGradient(dy: Expression, size: readonly number[], mode: InterpolationMode): Expression {
  const shape = [...dy.shape.slice(0, 2), ...size];
  return makeExpression({ op: 'interpolateGradient', inputs: [dy], attributes: { mode }, shape });
}

export const interpolateGradients: GradientRules = {
  interpolate: ({ inputs: [x], attributes: { mode } }, dy) => [interpolateGradient(dy, x!.shape.slice(2), mode)],
  interpolateGradient: ({ inputs: [dy], attributes }, dx) => [interpolate(dx, dy!.shape.slice(2), attributes)],
};

/**
 * Where an axis of `to` elements takes its values from an axis of `from` elements: an (to x from) matrix, row-major.
 * The scale is a single-precision number for 'nearest', where it decides between neighbours.
 */
export function interpolationMatrix(from: number, to: number, mode: InterpolationMode): number[] {
  const matrix = new Array<number>(to * from).fill(0);
  const scale = Math.fround(from / to);
  for (let i = 0; i < to; i++) {
    if (mode === 'nearest') {
      matrix[i * from + Math.min(Math.floor(Math.fround(i * scale)), from - 1)] = 1;
      continue;
    }
    const position = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    const below = Math.min(Math.floor(position), from - 1);
    const above = Math.min(below + 1, from - 1);
    matrix[i * from + below]! += 1 - (position - below);
    matrix[i * from + above]! += position - below;
  }
  return matrix;
}
