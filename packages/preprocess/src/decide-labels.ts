import type { ResampleOptions } from '@nnunet/resample';
import { decideByTiles, tilesPay } from './decide-by-tiles.ts';
import type { SlabPlan } from './restore-memory.ts';
import { type LabelSink, resampleOptions, type Softmax, SoftmaxPlanes, type SoftmaxResampling } from './softmax.ts';

/** Bytes per voxel of a slab: its label and, without regions, the best probability so far. */
export function bytesPerVoxel(options: ResampleOptions, regionClassOrder: readonly number[] | null): number {
  return regionClassOrder === null && !tilesPay(options) ? 5 : 1;
}

/**
 * Returns the labels of resampled probabilities, plane by plane along the first axis: the most probable class (the
 * lowest index on a tie) or, with regions, the last region of `regionClassOrder` whose probability exceeds 0.5, else 0.
 * Probabilities are compared in float32, in which v1 stores them. Works by tiles where that is worthwhile, otherwise
 * slab by slab, one class at a time.
 */
export function decideLabels(
  softmax: Softmax,
  resampling: SoftmaxResampling,
  { slabs, regionClassOrder }: { slabs: SlabPlan; regionClassOrder: readonly number[] | null },
  sink: LabelSink,
): void {
  const [planes, rows, columns] = resampling.newShape;
  const size = rows * columns;
  const classes = classesOf(softmax, regionClassOrder);
  if (tilesPay(resampleOptions(softmax.shape, resampling))) {
    decideByTiles(softmax, resampling, { planes: slabs.planes, regionClassOrder, classes }, sink);
    return;
  }
  const source = new SoftmaxPlanes(softmax, resampling, slabs.coefficientBytes);
  const labels = new Uint8Array(slabs.planes * size);
  const best = new Float32Array(regionClassOrder === null ? slabs.planes * size : 0);
  const meaningOfLabels = (i: number) => labels.subarray(i * size, (i + 1) * size);
  for (let first = 0; first < planes; first += slabs.planes) {
    const count = Math.min(slabs.planes, planes - first);
    labels.fill(0);
    best.fill(Number.NEGATIVE_INFINITY);
    for (let c = 0; c < classes; c++) {
      source.use(c, first + count - 1);
      for (let i = 0; i < count; i++) {
        const plane = source.plane(first + i);
        if (regionClassOrder === null) keepBest(plane, c, best.subarray(i * size, (i + 1) * size), meaningOfLabels(i));
        else paintRegion(plane, regionClassOrder[c]!, meaningOfLabels(i));
      }
    }
    for (let i = 0; i < count; i++) sink(meaningOfLabels(i), first + i);
  }
}

/** Regions without a label and labels without a region are ignored, as in v1. */
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
