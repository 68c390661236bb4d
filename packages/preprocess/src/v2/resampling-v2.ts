import { NnUNetError } from '@nnunet/errors';
import { ANISOTROPY_THRESHOLD, type Order, type ResampleOptions, resampleData, type Shape3 } from '@nnunet/resample';
import { interpolateLabelSlices } from '@nnunet/resample/internal';
import { sizeOf } from '@nnunet/tensor';
import { roundToFloat16 } from '@nnunet/tensor/internal';

/** A resampling function in v2's plans: its name and keyword arguments. */
export interface ResamplingFunctionV2 {
  name: string;
  kwargs: Record<string, unknown>;
}

export interface ResamplingTaskV2 {
  /** (z, y, x) */
  shape: readonly number[];
  /** (z, y, x) */
  newShape: readonly number[];
  /** mm, (z, y, x) */
  spacing: readonly number[];
  /** mm, (z, y, x) */
  newSpacing: readonly number[];
}

interface Rule {
  /** Leaves every image unchanged. */
  none: boolean;
  order: Order;
  orderZ: Order;
  force: boolean | null;
  threshold: number;
  labels: LabelRule;
  positions: 'float64' | 'float32';
}

/**
 * Which label a voxel gets from the resampled binary maps of the labels. 'nearest': that with the highest value, on a
 * tie that of the nearest voxel, or else the lowest. 'lowest': that with the highest value in half precision of
 * thousandths, on a tie the lowest. 'above-half': the highest label with a value above 0.5, or else 0.
 */
type LabelRule = 'nearest' | 'lowest' | 'above-half';

/**
 * Resamples one channel with a function from v2's plans. Returns the image itself if it already has the new shape.
 *
 * - `resample_data_or_seg_to_shape`: splines, with slices along a coarse axis resampled separately.
 * - `resample_torch_fornnunet`: linear, with the nearest slice along a coarse axis.
 * - `no_resampling_hack`: no resampling.
 *
 * @throws NnUNetError 'unsupported-resampling' for functions and settings that v2 does not have
 */
export function resampleV2(data: Float32Array, fn: ResamplingFunctionV2, task: ResamplingTaskV2): Float32Array {
  return keepsVoxels(fn, task) ? data : resampleData(data, optionsOf(fn, task));
}

/**
 * Resamples one channel of logits, half floats, as {@link resampleV2}. Splines keep the type of their input and so round
 * to half precision, torch does not.
 */
export function resampleLogitsV2(logits: Float32Array, fn: ResamplingFunctionV2, task: ResamplingTaskV2): Float32Array {
  if (keepsVoxels(fn, task)) return logits;
  const options = optionsOf(fn, task);
  if (logitPrecisionV2(fn) === 'float32') return resampleData(logits, options);
  const exact = new Float64Array(sizeOf(task.newShape));
  return roundToFloat16(resampleData<Float32Array | Float64Array>(logits, options, exact));
}

/** The precision of the logits that {@link resampleLogitsV2} returns, unless it leaves them as they are. */
export function logitPrecisionV2(fn: ResamplingFunctionV2): 'float16' | 'float32' {
  return resamplingV2(fn).positions === 'float32' ? 'float32' : 'float16';
}

function keepsVoxels(fn: ResamplingFunctionV2, { shape, newShape }: ResamplingTaskV2): boolean {
  return keepsShapeV2(fn) || shape.join() === newShape.join();
}

function optionsOf(fn: ResamplingFunctionV2, task: ResamplingTaskV2) {
  return { shape: task.shape, newShape: task.newShape, ...resamplingRuleV2(fn, task) };
}

/**
 * Resamples a label map with a function from v2's plans: resamples a binary map per label, and decides from these
 * ({@link LabelRule}).
 * Origin: batchgenerators 0.25.5's resize_segmentation, and v2's resampling/resample_torch.py.
 *
 * @throws NnUNetError 'unsupported-resampling'
 */
export function resampleLabelsV2(labels: Float32Array, fn: ResamplingFunctionV2, task: ResamplingTaskV2): Float32Array {
  if (keepsVoxels(fn, task)) return labels;
  const options = optionsOf(fn, task);
  const { separateAxis: axis, orderZ } = options;
  const { labels: rule } = resamplingV2(fn);
  if (axis === null || orderZ === 0) return chosenLabels(labels, options, rule);
  // Labels are decided within the slices, and then between them.
  const newShape = task.newShape as Shape3;
  const shape = newShape.map((n, i) => (i === axis ? task.shape[axis]! : n)) as unknown as Shape3;
  const slices = chosenLabels(labels, { ...options, newShape: shape, orderZ: 0 }, rule);
  if (shape[axis] === newShape[axis]) return slices;
  const out = new Float32Array(sizeOf(newShape));
  interpolateLabelSlices(slices, { shape, newShape, orderZ, undecided: 0 }, out);
  return out;
}

/** Resamples a label map in one step, with the nearest slice along a separate axis. */
function chosenLabels(labels: Float32Array, options: ResampleOptions, rule: LabelRule): Float32Array {
  if (options.order === 0) return resampleData(labels, options);
  const nearest = rule === 'nearest' ? resampleData(labels, { ...options, order: 0 }) : null;
  const indicator = new Float64Array(labels.length);
  const size = sizeOf(options.newShape);
  const moved = new Float64Array(size);
  const best = new Float64Array(size).fill(rule === 'above-half' ? 0.5 : Number.NEGATIVE_INFINITY);
  const out = new Float32Array(size);
  for (const label of [...new Set(labels)].sort((a, b) => a - b)) {
    for (let i = 0; i < labels.length; i++) indicator[i] = labels[i] === label ? 1 : 0;
    resampleData(indicator, options, moved);
    const scores = rule === 'lowest' ? roundToFloat16(Float32Array.from(moved, (value) => value * 1000)) : moved;
    for (let i = 0; i < size; i++) {
      const score = scores[i]!;
      if (score > best[i]! || (nearest !== null && score === best[i] && label === nearest[i])) {
        if (rule !== 'above-half') best[i] = score;
        out[i] = label;
      }
    }
  }
  return out;
}

/** Returns the interpolation that {@link resampleV2} uses for a task. */
export function resamplingRuleV2(
  fn: ResamplingFunctionV2,
  task: ResamplingTaskV2,
): { order: Order; orderZ: Order; separateAxis: number | null; positions: 'float64' | 'float32' } {
  const rule = resamplingV2(fn);
  const { order, orderZ, positions } = rule;
  return { order, orderZ, separateAxis: separateAxisV2(task, rule), positions };
}

/** Whether a function from v2's plans leaves images unchanged. */
export function keepsShapeV2(fn: ResamplingFunctionV2): boolean {
  return resamplingV2(fn).none;
}

/** @throws NnUNetError 'unsupported-resampling' */
export function checkResamplingV2(fn: ResamplingFunctionV2): void {
  resamplingV2(fn);
}

/** Returns what a function from v2's plans does. @throws NnUNetError 'unsupported-resampling' */
export function resamplingV2({ name, kwargs }: ResamplingFunctionV2): Rule {
  const force = kwargs.force_separate_z ?? null;
  const threshold = kwargs.separate_z_anisotropy_threshold ?? ANISOTROPY_THRESHOLD;
  if ((force !== null && typeof force !== 'boolean') || typeof threshold !== 'number') throw unsupported(name, kwargs);
  const common = { none: false, force, threshold, labels: 'nearest', positions: 'float64' } as const;
  switch (name) {
    case 'resample_data_or_seg_to_shape': {
      const order = kwargs.order ?? 3;
      const orderZ = kwargs.order_z ?? 0;
      const orders: unknown[] = [0, 1, 3];
      if (!orders.includes(order) || !orders.includes(orderZ)) throw unsupported(name, kwargs);
      return { ...common, order: order as Order, orderZ: orderZ as Order };
    }
    case 'resample_torch_fornnunet':
      return {
        ...{ ...common, order: 1, orderZ: 0, positions: 'float32' },
        labels: kwargs.memefficient_seg_resampling ? 'above-half' : 'lowest',
      };
    case 'no_resampling_hack':
      return { ...common, none: true, order: 0, orderZ: 0 };
    default:
      throw unsupported(name, kwargs);
  }
}

/** As in v1, but with the plans' threshold; if several axes are the coarsest, none is resampled separately. */
function separateAxisV2({ spacing, newSpacing }: ResamplingTaskV2, { force, threshold }: Rule): number | null {
  const anisotropic = (s: readonly number[]) => Math.max(...s) / Math.min(...s) > threshold;
  if (force === false) return null;
  const coarse = force || anisotropic(spacing) ? spacing : anisotropic(newSpacing) ? newSpacing : null;
  if (coarse === null) return null;
  const most = Math.max(...coarse);
  const axes = coarse.flatMap((s, axis) => (most / s === 1 ? [axis] : []));
  return axes.length === 1 ? axes[0]! : null;
}

function unsupported(name: string, kwargs: Record<string, unknown>): NnUNetError {
  return new NnUNetError('unsupported-resampling', {
    what: `the plans use the unsupported resampling ${name}(${JSON.stringify(kwargs)})`,
    where: 'plans.json',
    remedy:
      'Supported are resample_data_or_seg_to_shape with orders 0, 1 and 3, resample_torch_fornnunet and no_resampling_hack.',
  });
}
