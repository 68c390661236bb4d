import { type AxisKernel, axisKernel, type Order } from './axis-kernel.ts';
import { cornerLabels } from './corner-labels.ts';
import { type FloatArray, likeOf, type Shape3, shape3 } from './image-shape.ts';
import { commonMemory } from './plane-kernels.ts';
import { PlaneStream } from './plane-stream.ts';

/**
 * Resizes a label map with two or three axes by the rule of batchgenerators ≤ 0.25.3: for every label in ascending
 * order, its binary map is resized with {@link resize}, and the label is assigned where the result reaches 0.5. Voxels
 * that no label reaches stay 0. Order 0 is nearest neighbour.
 *
 * @throws NnUNetError 'bad-shape' if the shapes do not match
 */
export function resizeSegmentation<T extends FloatArray>(
  labels: T,
  shape: readonly number[],
  newShape: readonly number[],
  order: Order,
): T {
  const from = shape3(shape, labels.length);
  const to = shape3(newShape);
  const out = likeOf(labels, to[0] * to[1] * to[2]);
  const kernels = from.map((n, axis) => axisKernel(n, to[axis]!, order)) as [AxisKernel, AxisKernel, AxisKernel];
  resampleLabelsInto(labels, from, kernels, out);
  return out;
}

/**
 * Applies `kernels` to a label map and writes to `out`. Along an axis with a one-tap kernel, slices are selected, which
 * equals resizing each slice on its own and selecting afterwards. `undecided`: label where no label reaches one half.
 */
export function resampleLabelsInto(
  labels: FloatArray,
  shape: Shape3,
  kernels: readonly [AxisKernel, AxisKernel, AxisKernel],
  out: FloatArray,
  undecided = 0,
): void {
  if (kernels.some((kernel) => kernel.order === 3)) cubicLabels(labels, kernels, out.fill(undecided));
  else cornerLabels(labels, shape, kernels, out, undecided);
}

/** Order 3: processes the binary map of one label at a time, for the labels present. */
function cubicLabels(labels: FloatArray, kernels: readonly [AxisKernel, AxisKernel, AxisKernel], out: FloatArray) {
  const indicator = new Float32Array(labels.length);
  const size = kernels[1].outputs * kernels[2].outputs;
  const stream = new PlaneStream(indicator, kernels, { memoryOf: commonMemory });
  for (const label of uniqueValues(labels)) {
    for (let i = 0; i < labels.length; i++) indicator[i] = labels[i] === label ? 1 : 0;
    stream.use(indicator);
    for (let k = 0; k < kernels[0].outputs; k++) {
      const plane = stream.plane(k);
      const to = k * size;
      for (let i = 0; i < size; i++) if (plane[i]! >= 0.5) out[to + i] = label;
    }
  }
}

/** Returns the distinct values, ascending. */
export function uniqueValues(labels: ArrayLike<number>): number[] {
  const values = new Set<number>();
  let last = Number.NaN;
  for (let i = 0; i < labels.length; i++) {
    const v = labels[i]!;
    if (v !== last) {
      values.add(v);
      last = v;
    }
  }
  return [...values].sort((a, b) => a - b);
}
