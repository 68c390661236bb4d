import { describe, expect, it } from 'vitest';
import { greatestDifference, readArrays, readJson, referenceFolders } from '../test/reference-values.ts';
import { deepSupervisionScales, downsampleLabels, nearestIndices, scaledShape } from './deep-supervision.ts';

const [folder] = referenceFolders('deep-supervision', '');
const cases = readJson<{ name: string; pool_op_kernel_sizes: number[][]; deep_supervision_scales: number[][] }[]>(
  `${folder}/cases.json`,
);

describe('deep supervision', () => {
  it.each(cases)('$name: scales and targets', async (c) => {
    const scales = deepSupervisionScales(c.pool_op_kernel_sizes);
    expect(scales).toEqual(c.deep_supervision_scales);
    const array = await readArrays(`${folder}/arrays.npz`);
    const full = array(`${c.name}_target0`);
    const shape = full.shape.slice(2);
    const labels = Uint8Array.from(full.data);
    scales.forEach((scale, i) => {
      const expected = array(`${c.name}_target${i}`);
      const target = scaledShape(shape, scale);
      expect(target).toEqual(expected.shape.slice(2));
      const out = new Uint8Array(expected.data.length);
      downsampleLabels(labels, shape, target, out);
      expect(greatestDifference(out, expected.data)).toBe(0);
    });
  });

  it('takes the odd voxels of a halving and the third of four of a quartering', () => {
    expect([...nearestIndices(8, 4)]).toEqual([1, 3, 5, 7]);
    expect([...nearestIndices(8, 2)]).toEqual([2, 6]);
    expect([...nearestIndices(9, 3)]).toEqual([1, 4, 7]);
  });

  it('halves two or three axes, and no other number of them', () => {
    const labels = Uint8Array.from({ length: 24 }, (_, i) => i);
    const out = new Uint8Array(2);
    downsampleLabels(labels, [2, 3, 4], [1, 1, 2], out);
    expect([...out]).toEqual([17, 19]);
    // Two channels of slices of 3 x 4.
    downsampleLabels(labels, [3, 4], [1, 1], out);
    expect([...out]).toEqual([6, 18]);
    for (const shape of [[24], [2, 2, 2, 3]])
      expect(() => downsampleLabels(labels, shape, shape, out)).toThrow(/has 2 or 3 axes/);
  });
});
