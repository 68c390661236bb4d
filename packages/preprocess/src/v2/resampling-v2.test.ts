import { isNnUNetError } from '@nnunet/errors';
import { resampleData } from '@nnunet/resample';
import { describe, expect, it } from 'vitest';
import {
  checkResamplingV2,
  keepsShapeV2,
  resampleLabelsV2,
  resampleLogitsV2,
  resampleV2,
  resamplingRuleV2,
} from './resampling-v2.ts';

const shape = [4, 6, 5];
const image = Float32Array.from({ length: 120 }, (_, i) => Math.sin(i * i));
const task = { shape, newShape: [6, 9, 4], spacing: [2, 1, 1], newSpacing: [1.3, 0.7, 1.2] };
const fn = (name: string, kwargs: Record<string, unknown> = {}) => ({ name, kwargs });
const splines = (kwargs: Record<string, unknown>) => fn('resample_data_or_seg_to_shape', kwargs);

describe('resampleV2', () => {
  it('resamples all axes by splines where none is coarse', () => {
    const own = resampleV2(image, splines({ order: 3, order_z: 0, force_separate_z: null }), task);
    expect(own).toEqual(resampleData(image, { shape, newShape: task.newShape, order: 3, separateAxis: null }));
  });

  it('sets a coarse axis apart: the case is asked first, then the target; a tie counts as isotropic', () => {
    const apart = (spacing: number[], newSpacing: number[], kwargs: Record<string, unknown> = {}) => {
      const own = resampleV2(image, splines({ order: 1, order_z: 0, ...kwargs }), { ...task, spacing, newSpacing });
      const axes = [null, 0, 1, 2].filter((separateAxis) => {
        const other = resampleData(image, { shape, newShape: task.newShape, order: 1, separateAxis });
        return other.every((v, i) => v === own[i]);
      });
      expect(axes).toHaveLength(1);
      return axes[0];
    };
    expect(apart([4, 1, 1], [1, 1, 4])).toBe(0);
    expect(apart([3, 1, 1], [1, 4, 1])).toBe(1);
    expect(apart([4, 4, 1], [1, 1, 4])).toBe(null);
    expect(apart([3, 1, 1], [1, 1, 3])).toBe(null);
    expect(apart([3.01, 1, 1], [1, 1, 1])).toBe(0);
    // The threshold of the plans holds for the target too, and is no longer 3.
    expect(apart([4, 1, 1], [1, 1, 4], { separate_z_anisotropy_threshold: 4 })).toBe(null);
    expect(apart([1, 1, 1], [1, 2, 1], { separate_z_anisotropy_threshold: 1.9 })).toBe(1);
    expect(apart([1, 1, 2], [3, 1, 1], { force_separate_z: true })).toBe(2);
    expect(apart([2, 1, 1], [1, 1, 1], { force_separate_z: true })).toBe(0);
    expect(apart([4, 1, 1], [1, 1, 1], { force_separate_z: false })).toBe(null);
    expect(apart([2, 1, 1], [1, 1, 1], { separate_z_anisotropy_threshold: 1.5 })).toBe(0);
  });

  it('is linear for resample_torch_fornnunet, and leaves images alone for no_resampling_hack', () => {
    const own = resampleV2(image, fn('resample_torch_fornnunet', { is_seg: false, force_separate_z: false }), task);
    const options = { shape, newShape: task.newShape, order: 1, separateAxis: null, positions: 'float32' } as const;
    expect(own).toEqual(resampleData(image, options));
    expect(resampleV2(image, fn('no_resampling_hack'), task)).toBe(image);
    expect([keepsShapeV2(fn('no_resampling_hack')), keepsShapeV2(splines({}))]).toEqual([true, false]);
  });

  it('has the orders of v2 where the plans name none, and those that they name', () => {
    const own = (kwargs: Record<string, unknown>) => resamplingRuleV2(splines(kwargs), task);
    expect(own({})).toEqual({ order: 3, orderZ: 0, separateAxis: null, positions: 'float64' });
    expect(own({ order: 1, order_z: 3, force_separate_z: true })).toEqual({
      order: 1,
      orderZ: 3,
      separateAxis: 0,
      positions: 'float64',
    });
    expect(own({ order: 0, order_z: 1 })).toEqual({ order: 0, orderZ: 1, separateAxis: null, positions: 'float64' });
    const torch = fn('resample_torch_fornnunet', { order: 3, order_z: 3, force_separate_z: true });
    expect(resamplingRuleV2(torch, task)).toEqual({ order: 1, orderZ: 0, separateAxis: 0, positions: 'float32' });
    for (const known of [splines({ order: 3, order_z: 1 }), torch, fn('no_resampling_hack')]) {
      expect(() => checkResamplingV2(known)).not.toThrow();
    }
  });

  it('leaves an image of the new shape as it is', () => {
    const same = { ...task, newShape: shape };
    expect(resampleV2(image, splines({}), same)).toBe(image);
    expect(resampleLabelsV2(image, splines({}), same)).toBe(image);
    expect(resampleLabelsV2(image, fn('no_resampling_hack'), task)).toBe(image);
  });

  it('interpolates between slices that are apart with the order for it', () => {
    const kwargs = { order: 1, order_z: 1, force_separate_z: true };
    const options = { shape, newShape: task.newShape, order: 1, orderZ: 1, separateAxis: 0 } as const;
    expect(resampleV2(image, splines(kwargs), task)).toEqual(resampleData(image, options));
  });

  it('rounds logits to half precision after splines, in one step, but not after torch', () => {
    const logits = Float32Array.of(1, 1 + 2 ** -10);
    const pair = { shape: [1, 1, 2], newShape: [1, 1, 3], spacing: [1, 1, 1], newSpacing: [1, 1, 1] };
    const middle = (name: string) => resampleLogitsV2(logits, fn(name, { order: 1, force_separate_z: false }), pair)[1];
    expect(middle('resample_data_or_seg_to_shape')).toBe(1);
    expect(middle('resample_torch_fornnunet')).toBe(1 + 2 ** -11);
    expect(resampleLogitsV2(logits, fn('no_resampling_hack'), pair)).toBe(logits);
  });

  it('refuses what it does not know', () => {
    for (const wrong of [
      fn('my_resampling'),
      splines({ order: 2 }),
      splines({ order: 3, order_z: 2 }),
      splines({ force_separate_z: 'yes' }),
      splines({ separate_z_anisotropy_threshold: '3' }),
    ]) {
      let error: unknown;
      try {
        checkResamplingV2(wrong);
      } catch (caught) {
        error = caught;
      }
      expect(isNnUNetError(error, 'unsupported-resampling')).toBe(true);
    }
  });
});

it('gives labels the greatest of their maps, the nearest of equal ones', () => {
  const line = (labels: number[], newSize: number) =>
    resampleLabelsV2(Float32Array.from(labels), splines({ is_seg: true, order: 1, order_z: 0 }), {
      shape: [1, 1, labels.length],
      newShape: [1, 1, newSize],
      spacing: [1, 1, 1],
      newSpacing: [1, 1, 1],
    });
  expect([...line([0, 0, 3, 3], 8)]).toEqual([0, 0, 0, 0, 3, 3, 3, 3]);
  // In the middle of 1, 2 and 3 no label reaches one half, but 2 is the nearest one.
  expect([...line([1, 2, 3], 1)]).toEqual([2]);
  // Half way between two voxels their maps are equal; v1's rule would take the greater label.
  const nearest = [...line([5, 1, 1, 5], 2)];
  expect(nearest).toEqual([
    ...resampleData(Float32Array.of(5, 1, 1, 5), { shape: [1, 1, 4], newShape: [1, 1, 2], order: 0 }),
  ]);
});

it.each([1, 3])('decides labels within slices, and then between them with order %i', (order_z) => {
  // Expected: v2's resample_data_or_seg_to_shape (nnunetv2 2.8.1).
  const labels = Float32Array.from('112001221002110222112010', Number);
  const grids = { shape: [3, 2, 4], newShape: [5, 2, 6], spacing: [4, 1, 1], newSpacing: [2.4, 1, 0.7] };
  const of = (order: number) => resampleLabelsV2(labels, splines({ is_seg: true, order, order_z }), grids).join('');
  expect(of(1)).toBe('111200011222111200011222100022111022222111200100222111200100');
  expect(of(0)).toBe(of(1));
  const twice = { ...grids, newShape: [3, 2, 6], newSpacing: [4, 1, 0.7] };
  expect(resampleLabelsV2(labels, splines({ order: 1, order_z }), twice).join('')).toBe(
    '111200011222100022111022222111200100',
  );
});

it('gives labels the greatest of their maps where that is not the nearest voxel', () => {
  const corner = resampleLabelsV2(
    Float32Array.of(5, 1, 1, 1),
    splines({ is_seg: true, order: 1, order_z: 0, force_separate_z: false }),
    { shape: [1, 2, 2], newShape: [1, 11, 11], spacing: [1, 1, 1], newSpacing: [1, 1, 1] },
  );
  // pixel i lies at (i + 0.5) 2 / 11 - 0.5: the fourth at 0.136, the fifth at 0.318, both nearest to the first
  const at = (y: number, x: number) => corner[11 * y + x];
  expect([at(0, 0), at(0, 4), at(4, 0)]).toEqual([5, 5, 5]);
  expect([at(3, 3), at(3, 4), at(4, 3)]).toEqual([5, 5, 5]); // 0.864², 0.864 × 0.682
  expect(at(4, 4)).toBe(1); // 0.682² = 0.465
});

describe('label maps', () => {
  const torch = (kwargs: Record<string, unknown>) => fn('resample_torch_fornnunet', { is_seg: true, ...kwargs });
  const labels = Float32Array.from('301233330123012220320033003322300310031031020122021333030100', Number);
  const grids = { shape: [4, 5, 3], newShape: [6, 3, 4], spacing: [3, 1, 1], newSpacing: [2, 1.7, 0.75] };

  // Expected: v2's resample_torch_fornnunet (nnunetv2 2.8.1, torch 2.15).
  it.each([
    [{ force_separate_z: false }, '330133300122220003300222222003333222300003310220322003310000122233331000'],
    [{ force_separate_z: true }, '330133300122222003333222222003333222300003310220122233331000122233331000'],
    [
      { force_separate_z: false, memefficient_seg_resampling: true },
      '300133300102000003300022222003333022300003310000000003300000122233331000',
    ],
    [
      { force_separate_z: true, memefficient_seg_resampling: true },
      '300133300102222003333022222003333022300003310000122233331000122233331000',
    ],
  ])('are resampled as by torch with %j', (kwargs, expected) => {
    expect(resampleLabelsV2(labels, torch(kwargs), grids).join('')).toBe(expected);
  });

  it('settle ties by the nearest voxel, by the lowest label, or leave the background', () => {
    const row = Float32Array.from([1, 2, 3, 3, 2, 1, 0, 2]);
    const halved = { shape: [1, 1, 8], newShape: [1, 1, 4], spacing: [1, 1, 1], newSpacing: [1, 1, 2] };
    const of = (how: ReturnType<typeof fn>) => [...resampleLabelsV2(row, how, halved)];
    expect(of(splines({ order: 1 }))).toEqual([2, 3, 1, 2]);
    expect(of(torch({ force_separate_z: false }))).toEqual([1, 3, 1, 0]);
    expect(of(torch({ force_separate_z: false, memefficient_seg_resampling: true }))).toEqual([0, 3, 0, 0]);
  });

  it('count as equal for torch if their thousandths are equal in half precision', () => {
    // The last voxel left of the middle has 0.5 + 1 / n of label 2 and 0.5 - 1 / n of label 1.
    const leftOfMiddle = (n: number) => {
      const grid = { shape: [1, 1, 2], newShape: [1, 1, n], spacing: [1, 1, 1], newSpacing: [1, 1, 2 / n] };
      return resampleLabelsV2(Float32Array.of(2, 1), torch({ force_separate_z: false }), grid)[n / 2 - 1];
    };
    // Below 512, half precision has steps of 0.25: 500.1235 and 499.8765 both become 500; 500.127 becomes 500.25.
    expect([leftOfMiddle(8100), leftOfMiddle(7900)]).toEqual([1, 2]);
  });
});
