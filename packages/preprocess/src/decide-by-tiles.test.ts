import { expect, it } from 'vitest';
import { decideLabels } from './decide-labels.ts';
import { planSlabs } from './restore-memory.ts';
import { type Softmax, SoftmaxPlanes, type SoftmaxResampling } from './softmax.ts';

const shape = [5, 11, 13, 17];
const voxels = 11 * 13 * 17;
const newShape = [24, 37, 70] as const;

/** Blocks that one class is sure of, with values that tie, in the last fifth noise. */
function probabilities(): Softmax {
  const data = new Float32Array(5 * voxels);
  for (let v = 0; v < voxels; v++) {
    const [z, y, x] = [Math.floor(v / 221), Math.floor(v / 17) % 13, v % 17];
    const owner = ((z >> 2) + (y >> 2) + (x >> 2)) % 5;
    for (let c = 0; c < 5; c++) {
      data[c * voxels + v] = x > 13 ? (((v + 3) * (c + 1) * 7919) % 1009) / 1009 : c === owner ? 0.75 : 0.0625;
    }
  }
  return { data, shape };
}

/** Every class in full, and nothing left out. */
function everyClass(softmax: Softmax, resampling: SoftmaxResampling, regions: readonly number[] | null): number[] {
  const planes = new SoftmaxPlanes(softmax, resampling);
  const size = newShape[1] * newShape[2];
  const best = new Float32Array(newShape[0] * size).fill(regions === null ? Number.NEGATIVE_INFINITY : 0.5);
  const labels = new Array<number>(best.length).fill(0);
  for (let c = 0; c < (regions?.length ?? 5); c++) {
    planes.use(c, newShape[0] - 1);
    for (let k = 0; k < newShape[0]; k++) {
      planes.plane(k).forEach((value, i) => {
        const at = k * size + i;
        if (!(Math.fround(value) > best[at]!)) return;
        if (regions === null) best[at] = value;
        labels[at] = regions?.[c] ?? c;
      });
    }
  }
  return labels;
}

function inTiles(softmax: Softmax, resampling: SoftmaxResampling, regionClassOrder: readonly number[] | null) {
  const size = newShape[1] * newShape[2];
  const labels = new Array<number>(newShape[0] * size);
  const request = { softmaxShape: shape, resampling, resultBytes: 0, voxelBytes: 1, decides: true };
  const slabs = planSlabs({ ...request, maxMemory: undefined });
  expect(slabs.planes).toBe(16);
  decideLabels(softmax, resampling, { slabs, regionClassOrder }, (plane, k) => {
    plane.forEach((label, i) => {
      labels[k * size + i] = label;
    });
  });
  return labels;
}

const linear: SoftmaxResampling = { newShape, order: 1, orderZ: 0, separateAxis: null };

it.each([
  ['linear', linear],
  ['nearest', { ...linear, order: 0 }],
  ['slices apart', { ...linear, separateAxis: 0 }],
  ['slices apart, linear between', { ...linear, separateAxis: 1, orderZ: 1 }],
] as const)('leaves out only what cannot win: %s', (_, resampling) => {
  const softmax = probabilities();
  for (const regions of [null, [3, 1, 2, 4, 7]]) {
    expect(inTiles(softmax, resampling, regions)).toEqual(everyClass(softmax, resampling, regions));
  }
});

it('compares negative scores and passes over NaN as everywhere', () => {
  const softmax = probabilities();
  softmax.data.forEach((p, i) => {
    softmax.data[i] = i % 997 === 0 ? Number.NaN : 10 * Math.log(p + 0.01);
  });
  expect(inTiles(softmax, linear, null)).toEqual(everyClass(softmax, linear, null));
});
