import { LinearTiles } from '@nnunet/resample/internal';
import type { CaseProperties } from '@nnunet/schema';
import { sizeOf, type Tensor } from '@nnunet/tensor';
import { collect, type PlannedLabelStream, planWindow } from '../label-stream.ts';
import { checkSize } from '../restore-geometry.ts';
import { resampleOptions } from '../softmax.ts';
import { inverseOrder, permuted } from '../transpose.ts';
import { type PreprocessingV2, targetSpacing } from './preprocess-v2.ts';
import { logitPrecisionV2, resampleLogitsV2, resamplingRuleV2 } from './resampling-v2.ts';

/** Logits or probabilities, (classes, z, y, x). */
type Scores = Tensor<Float32Array>;

/** How logits are converted to probabilities and labels. */
export interface DecisionV2 {
  nonlinearity: 'softmax' | 'sigmoid';
  /** Label of each region, in painting order; null: the index of the highest logit. */
  regionClassOrder: readonly number[] | null;
}

/**
 * Returns the label map of an image from logits, as v2 does: resamples the logits (splines: rounded to half precision) and
 * compares them. Works one class at a time, so no resampled copy of all classes is held.
 *
 * @param logits (classes, z, y, x), network order, half floats
 * @returns (z, y, x), file order, of the whole image; uint8 if all labels are below 255, else uint16
 */
export function restoreLabelsV2(
  logits: Scores,
  properties: CaseProperties,
  settings: PreprocessingV2,
  decision: DecisionV2,
): Tensor<Uint8Array | Uint16Array> {
  checkSize(logits.shape.slice(1), properties.size_after_resampling);
  const place = placeOf(properties, settings);
  const labels = decided(logits.shape[0]!, place.voxels, decision, (c) =>
    resampledChannel(logits, c, properties, settings),
  );
  let greatest = 0;
  for (const label of labels) if (label > greatest) greatest = label;
  const image = greatest < 255 ? new Uint8Array(place.imageVoxels) : new Uint16Array(place.imageVoxels);
  place.write(labels, image);
  return { data: image, shape: place.imageShape };
}

/**
 * Returns the labels of a prepared case at another size, for the next stage of a cascade. As in v2, the network's own spacing
 * alone decides whether an axis is resampled separately.
 *
 * @param logits (classes, z, y, x), half floats
 * @param size (z, y, x)
 */
export function labelsAtSizeV2(
  logits: Scores,
  size: readonly number[],
  settings: PreprocessingV2,
  decision: DecisionV2,
): Tensor<Uint16Array> {
  const [classes, ...shape] = logits.shape as [number, ...number[]];
  const voxels = logits.data.length / classes;
  const spacing = targetSpacing(settings, [1, 1, 1]);
  const task = { shape, newShape: [...size], spacing, newSpacing: spacing };
  const data = decided(classes, sizeOf(size), decision, (c) => {
    const channel = logits.data.subarray(c * voxels, (c + 1) * voxels);
    return resampleLogitsV2(channel, settings.resampleProbabilities, task);
  });
  return { data, shape: [...size] };
}

/** Labels from the logits of one class at a time. */
function decided(
  classes: number,
  voxels: number,
  { regionClassOrder: order }: DecisionV2,
  logitsOf: (c: number) => Float32Array,
): Uint16Array {
  const labels = new Uint16Array(voxels);
  const best = order === null ? new Float32Array(voxels).fill(Number.NEGATIVE_INFINITY) : null;
  for (let c = 0; c < (order?.length ?? classes); c++) {
    const values = logitsOf(c);
    if (best === null) {
      const label = order![c]!;
      for (let v = 0; v < values.length; v++) if (sigmoid(values[v]!) > 0.5) labels[v] = label;
      continue;
    }
    for (let v = 0; v < values.length; v++) {
      if (values[v]! > best[v]!) {
        best[v] = values[v]!;
        labels[v] = c;
      }
    }
  }
  return labels;
}

/**
 * Returns the probabilities of the whole image, (classes, z, y, x) in file order, as v2 stores them next to a
 * prediction. Outside the crop box, the first class has probability 1; with regions, all probabilities are 0.
 */
export function restoreProbabilitiesV2(
  logits: Scores,
  properties: CaseProperties,
  settings: PreprocessingV2,
  decision: DecisionV2,
): Scores {
  checkSize(logits.shape.slice(1), properties.size_after_resampling);
  const place = placeOf(properties, settings);
  const classes = logits.shape[0]!;
  const { voxels, imageVoxels } = place;
  const cropped = new Float32Array(classes * voxels);
  for (let c = 0; c < classes; c++) cropped.set(resampledChannel(logits, c, properties, settings), c * voxels);
  if (decision.nonlinearity === 'sigmoid') for (let i = 0; i < cropped.length; i++) cropped[i] = sigmoid(cropped[i]!);
  else softmaxInPlace(cropped, classes);
  const data = new Float32Array(classes * imageVoxels);
  if (decision.regionClassOrder === null) data.fill(1, 0, imageVoxels);
  for (let c = 0; c < classes; c++)
    place.write(cropped.subarray(c * voxels, (c + 1) * voxels), data.subarray(c * imageVoxels, (c + 1) * imageVoxels));
  return { data, shape: [classes, ...place.imageShape] };
}

/** One resampled class within the cropped image, network order. */
function resampledChannel(
  { data, shape }: Scores,
  c: number,
  properties: CaseProperties,
  settings: PreprocessingV2,
): Float32Array {
  const size = data.length / shape[0]!;
  const order = settings.transposeForward;
  const spacing = permuted(properties.original_spacing, order);
  const newShape = permuted(properties.size_after_cropping, order);
  const channel = data.subarray(c * size, (c + 1) * size);
  return resampleLogitsV2(channel, settings.resampleProbabilities, {
    shape: shape.slice(1),
    newShape,
    spacing: targetSpacing(settings, spacing),
    newSpacing: spacing,
  });
}

/**
 * Plans {@link restoreLabelsV2} for logits that arrive plane by plane along the first network axis. The labels are the
 * same, but the logits of the whole image are never held in memory.
 *
 * @param shape (classes, z, y, x) of all logits, network order
 * @throws NnUNetError 'memory-limit' if `maxMemory` is too small
 */
export function planLabelStreamV2(
  shape: readonly number[],
  properties: CaseProperties,
  settings: PreprocessingV2,
  { maxMemory, ...decision }: DecisionV2 & { maxMemory?: number },
): PlannedLabelStream<Uint8Array | Uint16Array> {
  checkSize(shape.slice(1), properties.size_after_resampling);
  const place = placeOf(properties, settings);
  const order = settings.transposeForward;
  const spacing = permuted(properties.original_spacing, order);
  const newShape = permuted(properties.size_after_cropping, order) as [number, number, number];
  const task = { shape: shape.slice(1), newShape, spacing: targetSpacing(settings, spacing), newSpacing: spacing };
  const resampling = { newShape, ...resamplingRuleV2(settings.resampleProbabilities, task) };
  const { regionClassOrder } = decision;
  const wide = regionClassOrder === null ? shape[0]! > 255 : regionClassOrder.some((label) => label > 254);
  const make = (n: number) => (wide ? new Uint16Array(n) : new Uint8Array(n));
  const resultBytes = place.imageVoxels * make(0).BYTES_PER_ELEMENT * (wide ? 2 : 1);
  if (!LinearTiles.possible(resampleOptions(shape, resampling)))
    return collect(shape, maxMemory, resultBytes + 20 * place.voxels, (logits) =>
      restoreLabelsV2(logits as Scores, properties, settings, decision),
    );
  const classes = regionClassOrder?.length ?? shape[0]!;
  const rule = { regionClassOrder, logits: logitPrecisionV2(settings.resampleProbabilities) };
  const plan = planWindow({ shape, resampling, classes, rule, make, resultBytes, maxMemory });
  return {
    bytes: plan.bytes,
    streams: true,
    open() {
      const image = make(place.imageVoxels);
      const stream = plan.open((plane, k) => place.writePlane(plane, k, image));
      return {
        push: (planes, count) => stream.push(planes, count),
        finish() {
          stream.finish();
          return { data: narrowed(image), shape: place.imageShape };
        },
      };
    },
  };
}

/** Returns uint8 if all labels are below 255. */
function narrowed(labels: Uint8Array | Uint16Array): Uint8Array | Uint16Array {
  return labels instanceof Uint16Array && labels.every((label) => label < 255) ? Uint8Array.from(labels) : labels;
}

interface Place {
  /** Number of voxels in the crop box. */
  voxels: number;
  imageVoxels: number;
  /** (z, y, x), file order. */
  imageShape: number[];
  /** Copies an array of the crop box, in network order, to its place in the image. */
  write(source: ArrayLike<number>, image: { [index: number]: number }): void;
  /** Copies plane k of the crop box. */
  writePlane(source: ArrayLike<number>, k: number, image: { [index: number]: number }): void;
}

function placeOf(properties: CaseProperties, settings: PreprocessingV2): Place {
  const { original_size_of_raw_data: imageShape, size_after_cropping, crop_bbox } = properties;
  const fileAxes = inverseOrder(settings.transposeBackward);
  const [n0, n1, n2] = permuted(size_after_cropping, fileAxes) as [number, number, number];
  const [, Y, X] = imageShape as [number, number, number];
  const [s0, s1, s2] = permuted([Y * X, X, 1], fileAxes) as [number, number, number];
  const start = (crop_bbox[0]![0] * Y + crop_bbox[1]![0]) * X + crop_bbox[2]![0];
  const writePlane: Place['writePlane'] = (source, k, image) => {
    for (let j = 0, from = 0; j < n1; j++) {
      let to = start + k * s0 + j * s1;
      for (let i = 0; i < n2; i++, from++, to += s2) image[to] = source[from]!;
    }
  };
  return {
    voxels: n0 * n1 * n2,
    imageVoxels: imageShape.reduce((a, b) => a * b, 1),
    imageShape: [...imageShape],
    write(source, image) {
      for (let k = 0, from = 0; k < n0; k++)
        for (let j = 0; j < n1; j++) {
          let to = start + k * s0 + j * s1;
          for (let i = 0; i < n2; i++, from++, to += s2) image[to] = source[from]!;
        }
    },
    writePlane,
  };
}

function sigmoid(x: number): number {
  return Math.fround(1 / (1 + Math.exp(-x)));
}

/** @param data (classes, voxels) */
function softmaxInPlace(data: Float32Array, classes: number): void {
  const voxels = data.length / classes;
  for (let v = 0; v < voxels; v++) {
    let greatest = Number.NEGATIVE_INFINITY;
    for (let i = v; i < data.length; i += voxels) if (data[i]! > greatest) greatest = data[i]!;
    let sum = 0;
    for (let i = v; i < data.length; i += voxels) {
      data[i] = Math.exp(data[i]! - greatest);
      sum += data[i]!;
    }
    for (let i = v; i < data.length; i += voxels) data[i] = data[i]! / sum;
  }
}
