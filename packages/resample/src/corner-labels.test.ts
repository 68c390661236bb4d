import { expect, it } from 'vitest';
import { axisKernel } from './axis-kernel.ts';
import { cornerLabels } from './corner-labels.ts';
import { resizeSegmentation } from './resize-segmentation.ts';

it('resizes slices as each would be by itself, and picks some twice or never', () => {
  const [nz, ny, nx] = [5, 6, 9];
  const labels = Float32Array.from({ length: nz * ny * nx }, (_, i) => Math.floor(2 * (1 + Math.sin(i * i * 0.11))));
  for (const nk of [3, 9]) {
    const out = new Float32Array(nk * 8 * 7);
    const z = axisKernel(nz, nk, 0);
    cornerLabels(labels, [nz, ny, nx], [z, axisKernel(ny, 8, 1), axisKernel(nx, 7, 1)], out);
    for (let k = 0; k < nk; k++) {
      const from = z.index[k]! * ny * nx;
      const slice = resizeSegmentation(labels.subarray(from, from + ny * nx), [ny, nx], [8, 7], 1);
      expect(out.subarray(k * 56, (k + 1) * 56)).toEqual(slice);
    }
  }
});

it('writes 0 where no label has half of the weight, or what is asked for', () => {
  const kernels = [axisKernel(1, 1, 1), axisKernel(2, 1, 1), axisKernel(2, 1, 1)] as const;
  const middle = (labels: number[], undecided?: number) => {
    const out = new Float32Array(1).fill(77);
    cornerLabels(Float32Array.from(labels), [1, 2, 2], kernels, out, undecided);
    return out[0];
  };
  expect([middle([1, 2, 3, 0]), middle([1, 2, 3, 0], 9), middle([1, 1, 3, 0], 9)]).toEqual([0, 9, 1]);
});

it('decides between corners that differ by the sum of their weights, ties to the larger label', () => {
  const kernel = axisKernel(2, 4, 1);
  const same = axisKernel(1, 1, 1);
  const out = new Float32Array(4);
  cornerLabels(Float32Array.of(3, 1), [1, 1, 2], [same, same, kernel], out);
  expect([...out]).toEqual([3, 3, 1, 1]);
  const middle = new Float32Array(1);
  cornerLabels(Float32Array.of(3, 1), [1, 1, 2], [same, same, axisKernel(2, 1, 1)], middle);
  expect([...middle]).toEqual([3]);
});
