import { resampledPlanes, type Softmax, type SoftmaxResampling, streams } from './softmax.ts';

/** Takes the labels of a plane; the array is used again for the next. */
export type LabelSink = (plane: Uint8Array, k: number) => void;

/**
 * Labels of resampled probabilities, plane by plane along the first axis: the most probable class (the lowest of equal
 * ones), or with regions the last region of `regionClassOrder` whose probability exceeds one half, else 0. Probabilities
 * are compared in float32, as v1 stores them. Orders 0 and 1 run all classes side by side and keep no resampled
 * volume; splines take one class after the other and keep the best probability of each voxel.
 */
export function decideLabels(
  softmax: Softmax,
  resampling: SoftmaxResampling,
  regionClassOrder: readonly number[] | null,
  sink: LabelSink,
): void {
  const same = softmax.shape.slice(1).join() === resampling.newShape.join();
  if (same || streams(resampling)) decideByPlane(softmax, resampling, regionClassOrder, sink);
  else decideByClass(softmax, resampling, regionClassOrder, sink);
}

function decideByPlane(
  softmax: Softmax,
  resampling: SoftmaxResampling,
  regionClassOrder: readonly number[] | null,
  sink: LabelSink,
): void {
  const [planes, rows, columns] = resampling.newShape;
  const sources = Array.from({ length: classesOf(softmax, regionClassOrder) }, (_, c) =>
    resampledPlanes(softmax, c, resampling),
  );
  const labels = new Uint8Array(rows * columns);
  const best = new Float32Array(rows * columns);
  for (let k = 0; k < planes; k++) {
    labels.fill(0);
    best.fill(regionClassOrder === null ? Number.NEGATIVE_INFINITY : 0.5);
    sources.forEach((source, c) => {
      if (regionClassOrder === null) keepBest(source.plane(k), c, best, labels);
      else paintRegion(source.plane(k), regionClassOrder[c]!, labels);
    });
    sink(labels, k);
  }
}

function decideByClass(
  softmax: Softmax,
  resampling: SoftmaxResampling,
  regionClassOrder: readonly number[] | null,
  sink: LabelSink,
): void {
  const [planes, rows, columns] = resampling.newShape;
  const size = rows * columns;
  const labels = new Uint8Array(planes * size);
  const best = new Float32Array(regionClassOrder === null ? planes * size : 0).fill(Number.NEGATIVE_INFINITY);
  for (let c = 0; c < classesOf(softmax, regionClassOrder); c++) {
    const source = resampledPlanes(softmax, c, resampling);
    for (let k = 0; k < planes; k++) {
      const part = labels.subarray(k * size, (k + 1) * size);
      if (regionClassOrder === null) keepBest(source.plane(k), c, best.subarray(k * size, (k + 1) * size), part);
      else paintRegion(source.plane(k), regionClassOrder[c]!, part);
    }
  }
  for (let k = 0; k < planes; k++) sink(labels.subarray(k * size, (k + 1) * size), k);
}

/** Regions beyond the list of labels, and labels beyond the regions, play no part, as in v1. */
function classesOf(softmax: Softmax, regionClassOrder: readonly number[] | null): number {
  const channels = softmax.shape[0]!;
  return regionClassOrder === null ? channels : Math.min(channels, regionClassOrder.length);
}

function keepBest(plane: Float32Array | Float64Array, c: number, best: Float32Array, labels: Uint8Array): void {
  for (let i = 0; i < labels.length; i++) {
    const p = Math.fround(plane[i]!);
    if (p > best[i]!) {
      best[i] = p;
      labels[i] = c;
    }
  }
}

function paintRegion(plane: Float32Array | Float64Array, label: number, labels: Uint8Array): void {
  for (let i = 0; i < labels.length; i++) if (Math.fround(plane[i]!) > 0.5) labels[i] = label;
}
