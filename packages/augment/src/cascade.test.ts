import { describe, expect, it } from 'vitest';
import { greatestDifference, readArrays, readJson, referenceFolders } from '../test/reference-values.ts';
import { ballElement } from './ball-element.ts';
import { applyBallSteps, type BallOperation, oneHotLabels } from './cascade.ts';

interface BallCase {
  name: string;
  channel_order: number[];
  operations: BallOperation[];
  radii: number[];
  voxels: number[];
}

const [folder] = referenceFolders('cascade', '');

describe('the cascade', () => {
  const cases = readJson<BallCase[]>(`${folder}/cases.json`);

  it('moves the previous segmentation to one-hot channels', async () => {
    const array = await readArrays(`${folder}/arrays.npz`);
    const previous = array('previous_segmentation');
    const oneHot = new Float32Array(2 * previous.data.length);
    oneHotLabels(previous.data, [1, 2], oneHot);
    expect(greatestDifference(oneHot, array('moved').data.subarray(previous.data.length))).toBe(0);
  });

  it.each(cases)('$name', async (c) => {
    const array = await readArrays(`${folder}/arrays.npz`);
    const moved = array('moved');
    const size = moved.data.length / 3;
    const oneHot = moved.data.slice(size);
    const steps = c.channel_order.map((channel, i) => ({
      channel: channel - 1,
      operation: c.operations[i]!,
      radius: c.radii[i]!,
    }));
    applyBallSteps(oneHot, moved.shape.slice(1), steps);
    expect(greatestDifference(oneHot, array(c.name).data)).toBe(0);
    expect([0, 1].map((k) => oneHot.subarray(k * size, (k + 1) * size).reduce((a, b) => a + b))).toEqual(c.voxels);
  });

  it('makes balls of an even number of points', () => {
    const voxels = (radius: number) =>
      ballElement(radius, 'centred', false).dilating.reduce((sum, row) => sum + row.to - row.from + 1, 0);
    expect(voxels(1.5)).toBe(8);
    expect(voxels(1)).toBe(7);
  });

  it('works across words of 32 voxels', () => {
    const shape = [3, 3, 70];
    const one = new Float32Array(3 * 3 * 70);
    const at = (z: number, y: number, x: number) => (z * 3 + y) * 70 + x;
    one[at(1, 1, 31)] = 1;
    one[at(1, 1, 69)] = 1;
    applyBallSteps(one, shape, [{ channel: 0, operation: 'dilation', radius: 2 }]);
    const row = [...one.subarray(at(1, 1, 0), at(1, 1, 70))].flatMap((v, x) => (v ? [x] : []));
    expect(row).toEqual([29, 30, 31, 32, 33, 67, 68, 69]);
    applyBallSteps(one, shape, [{ channel: 0, operation: 'erosion', radius: 2 }]);
    const left = [...one].flatMap((v, i) => (v ? [i] : []));
    expect(left).toContain(at(1, 1, 31));
    expect(left).toContain(at(1, 1, 69));
    expect(left).not.toContain(at(1, 1, 29));
  });
});
