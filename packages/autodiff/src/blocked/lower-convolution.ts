import type { ConvolutionGeometry, Expression, ExpressionOf } from '../expression.ts';
import { type AxisRule, type AxisRules, isSupportedAxis, trivialAxis } from './axis-rule.ts';
import type { BlockedValues } from './blocked-values.ts';
import { channelSlices } from './channel-slices.ts';
import { convolution } from './convolution.ts';
import {
  type Grouping,
  groupedAxes,
  groupedConvolution,
  groupedInputGradient,
  groupedWeightGradient,
} from './grouped.ts';
import { inputGradient } from './input-gradient.ts';
import { weightGradient } from './weight-gradient.ts';

/** Lowers a convolution. Returns false if the blocked kernels do not support it. */
export function lowerConvolution(values: BlockedValues, e: ExpressionOf<'convolution'>): boolean {
  const { blocks, context } = values;
  const [x, weights, bias] = e.inputs as [Expression, Expression, Expression | undefined];
  const rules = axisRules(values, weights.shape, e.attributes, { x, y: e });
  if (rules === undefined) return false;
  const inputs = (e.attributes.groups > 1 ? [x] : values.sections(x)).map((section) => values.blocked(section));
  const filters = context.plain(weights);
  const shared = { rules, ...(bias ? { bias: context.plain(bias) } : {}) };
  const result =
    e.attributes.groups > 1
      ? groupedConvolution(blocks, inputs[0]!, filters, { ...shared, ...groupingOf(e.attributes, x, e) })
      : convolution(blocks, inputs, filters, { ...shared, outputs: e.shape[1]! });
  values.set(e, result);
  return true;
}

/** Lowers the gradient of a convolution's input. Returns false if the blocked kernels do not support it. */
export function lowerInputGradient(values: BlockedValues, e: ExpressionOf<'convolutionInputGradient'>): boolean {
  const { blocks, context } = values;
  const [dy, weights] = e.inputs as [Expression, Expression];
  const rules = axisRules(values, weights.shape, e.attributes, { x: e, y: dy });
  if (rules === undefined) return false;
  const weightsName = context.plain(weights);
  const wait = context.order.wait('int64');
  const shared = { rules, ...(wait ? { wait } : {}) };
  if (e.attributes.groups > 1) {
    const options = { ...shared, ...groupingOf(e.attributes, e, dy) };
    values.set(e, groupedInputGradient(blocks, values.blocked(dy), weightsName, options));
    return true;
  }
  const readers = context.isOutput(e) ? [] : channelSlices(context.consumers(e), e.shape[1]!);
  const owners = readers.length > 0 ? readers : [e];
  const sections = owners.map(({ shape }) => shape[1]!);
  const results = inputGradient(blocks, values.blocked(dy), weightsName, { ...shared, sections });
  for (const [i, owner] of owners.entries()) values.set(owner, results[i]!);
  // The sections share the transforms of dy, so all are computed now, not when each is needed.
  for (const { parts } of results.slice(1)) for (const part of parts) context.order.record(part);
  return true;
}

/** Lowers the gradient of a convolution's weights. Returns false if the blocked kernels do not support it. */
export function lowerWeightGradient(values: BlockedValues, e: ExpressionOf<'convolutionWeightGradient'>): boolean {
  const { blocks, context } = values;
  const [x, dy] = e.inputs as [Expression, Expression];
  const rules = axisRules(values, e.shape, e.attributes, { x, y: dy });
  if (rules === undefined) return false;
  let all: string;
  if (e.attributes.groups > 1) {
    const options = { rules, ...groupingOf(e.attributes, x, dy) };
    all = groupedWeightGradient(blocks, values.blocked(x), values.blocked(dy), options);
  } else {
    const gradients = values
      .sections(x)
      .map((section) => weightGradient(blocks, values.blocked(section), values.blocked(dy), rules));
    all = gradients.length === 1 ? gradients[0]! : context.graph.node('Concat', gradients, { axis: 1 });
  }
  values.setOrdinary(e, blocks.reshape(all, e.shape));
  context.order.record(all);
  return true;
}

/** Returns the rules of depth, height and width, or undefined if the blocked kernels do not support one of them. */
function axisRules(
  { blocks }: BlockedValues,
  weights: readonly number[],
  geometry: ConvolutionGeometry,
  { x, y }: { x: Expression; y: Expression },
): AxisRules | undefined {
  const { shape } = x;
  if (shape.length !== 4 && shape.length !== 5) return undefined;
  const { stride, padding, groups } = geometry;
  const isSupported = groups === 1 ? isSupportedAxis : groupedAxes(blocks.block, groupingOf(geometry, x, y));
  const axes: AxisRule[] = stride.map((s, i) => ({ kernel: weights[i + 2]!, stride: s, padding: padding[i]! }));
  if (isSupported === undefined || !axes.every((axis, i) => isSupported(axis, shape[i + 2]!))) return undefined;
  return (axes.length === 2 ? [trivialAxis, ...axes] : axes) as unknown as AxisRules;
}

function groupingOf({ groups }: ConvolutionGeometry, x: Expression, y: Expression): Grouping {
  return { channels: x.shape[1]!, outputs: y.shape[1]!, groups };
}
