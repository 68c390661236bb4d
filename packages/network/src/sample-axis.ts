import { type Expression, reachable } from '@nnunet/autodiff';
import { sizeOf } from '@nnunet/tensor';

/**
 * Returns the first expression that joins samples of a batch or moves them to where they cannot be told apart; undefined
 * if each output depends on its own sample alone.
 *
 * @param data (samples, …), of at least two samples
 */
export function mixedSamples(data: Expression, outputs: readonly Expression[]): Expression | undefined {
  const samples = data.shape[0]!;
  const axes = new Map<Expression, number>([[data, 0]]);
  for (const e of reachable(outputs)) {
    const from = e.inputs.map((input) => axes.get(input));
    if (from.every((axis) => axis === undefined)) continue;
    const axis = axisAfter(e, from, samples);
    if (axis === undefined) return e;
    axes.set(e, axis);
  }
  return outputs.find((output) => (axes.get(output) ?? 0) !== 0);
}

type Axes = readonly (number | undefined)[];

/**
 * Axis of an expression along which the samples lie, one after the other; each may have several elements of it.
 *
 * @param from the axis of each input; undefined if it does not depend on the data
 * @returns undefined if the samples are mixed
 */
function axisAfter(e: Expression, from: Axes, samples: number): number | undefined {
  const { shape, inputs } = e;
  const [x] = inputs as readonly [Expression];
  const [at] = from as readonly [number | undefined];
  const others = from.slice(1);
  switch (e.op) {
    case 'sum': {
      const { axes, keepDims } = e.attributes;
      if (axes.includes(at!)) return undefined;
      return keepDims ? at : at! - axes.filter((axis) => axis < at!).length;
    }
    case 'softmax':
    case 'logSoftmax':
    case 'argMax':
    case 'oneHot':
      return e.attributes.axis === at ? undefined : at;
    case 'transpose':
      return e.attributes.permutation.indexOf(at!);
    case 'reshape': {
      const outer = sizeOf(x.shape.slice(0, at));
      const axis = shape.findIndex((n, i) => sizeOf(shape.slice(0, i)) === outer && n % samples === 0);
      return axis < 0 ? undefined : axis;
    }
    case 'slice':
    case 'pad':
      return x.shape[at!] === shape[at!] ? at : undefined;
    case 'concat': {
      const axis = commonAxis(from);
      return axis === e.attributes.axis ? undefined : axis;
    }
    case 'matmul': {
      const summed = [x.shape.length - 1, inputs[1]!.shape.length - 2];
      return from.some((axis, i) => axis === summed[i]) ? undefined : broadcastAxis(e, from);
    }
    case 'averagePool':
    case 'interpolate':
    case 'interpolateGradient':
      return at! < 2 ? at : undefined;
    case 'instanceNorm':
      return at !== undefined && at < 2 && others.every((axis) => axis === undefined) ? at : undefined;
    case 'convolution':
    case 'convolutionInputGradient':
      return at === 0 && others.every((axis) => axis === undefined) ? at : undefined;
    case 'convolutionWeightGradient':
    case 'instanceNormGradient':
    case 'part':
      return undefined;
    default:
      return broadcastAxis(e, from);
  }
}

/** Shorter shapes are those of the last axes. */
function broadcastAxis({ shape, inputs }: Expression, from: Axes): number | undefined {
  return commonAxis(from.map((axis, i) => (axis === undefined ? axis : axis + shape.length - inputs[i]!.shape.length)));
}

function commonAxis(axes: Axes): number | undefined {
  const different = new Set(axes.filter((axis) => axis !== undefined));
  return different.size === 1 ? [...different][0] : undefined;
}
