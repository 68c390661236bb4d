import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateCase } from './evaluate-case.ts';
import type { LabelComparison } from './label-comparison.ts';
import { shippedMetrics } from './metric-registry.ts';
import { surfaceMetrics } from './surface-distance.ts';

const shape = [3, 4, 5] as const;
const spacing = [3, 1, 0.5] as const;
const place = (i: number) => [Math.floor(i / 20), Math.floor(i / 5) % 4, i % 5] as const;
const at = (z: number, y: number, x: number) => (z * 4 + y) * 5 + x;

/** Voxels of a mask with one of six neighbours outside of it or of the image. */
function surface(mask: Uint8Array): number[] {
  const set = (z: number, y: number, x: number) =>
    z >= 0 && z < 3 && y >= 0 && y < 4 && x >= 0 && x < 5 && mask[at(z, y, x)] !== 0;
  return [...mask.keys()].filter((i) => {
    const [z, y, x] = place(i);
    const steps = [[1, 0, 0], [0, 1, 0], [0, 0, 1]] as const; // biome-ignore format: a table
    return set(z, y, x) && steps.some(([a, b, c]) => !set(z + a, y + b, x + c) || !set(z - a, y - b, x - c));
  });
}

const away = (i: number, others: number[]) =>
  Math.min(...others.map((j) => Math.hypot(...place(i).map((n, axis) => (n - place(j)[axis]!) * spacing[axis]!))));

const masks = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 60, maxLength: 60 });

/** The distances that a metric of one's own is given. */
function distancesOf(test: Uint8Array, reference: Uint8Array): LabelComparison['distances'] {
  let found: LabelComparison['distances'] = null;
  const score = ({ distances }: LabelComparison) => {
    found = distances;
    return 0;
  };
  const registry = shippedMetrics.with({ name: 'look', score });
  evaluateCase(test, reference, { labels: [1], metrics: ['look'], registry, shape, spacing });
  return found;
}

describe('distances', () => {
  it('equal the search over all pairs of surface voxels', () => {
    fc.assert(
      fc.property(masks, masks, fc.boolean(), (a, b, dense) => {
        const mask = (values: number[]) => Uint8Array.from(values, (v) => Number(dense ? v > 0 : v === 3));
        const [test, reference] = [mask(a), mask(b)];
        const [s, r] = [surface(test), surface(reference)];
        const found = distancesOf(test, reference);
        if (s.length === 0 || r.length === 0 || [test, reference].some((m) => m.every((v) => v !== 0))) {
          expect(found).toBeNull();
          return;
        }
        expect(found!.testToReference).toHaveLength(s.length);
        s.forEach((i, k) => {
          expect(found!.testToReference[k]).toBeCloseTo(away(i, r), 9);
        });
        r.forEach((i, k) => {
          expect(found!.referenceToTest[k]).toBeCloseTo(away(i, s), 9);
        });
      }),
      { numRuns: 60, seed: 2 },
    );
  });

  it('are null for an empty or a full mask', () => {
    const [empty, full, one] = [new Uint8Array(60), new Uint8Array(60).fill(1), new Uint8Array(60).fill(1, 7, 8)];
    for (const [test, reference] of [[empty, one], [one, empty], [full, one], [one, full], [empty, empty]] as const) // biome-ignore format: a table
      expect(distancesOf(test, reference)).toBeNull();
    expect(distancesOf(one, one)).toEqual({ testToReference: Float64Array.of(0), referenceToTest: Float64Array.of(0) });
  });
});

it('takes means, the greatest and the 95th percentiles of both directions', () => {
  const d = { testToReference: Float64Array.of(1, 2, 6), referenceToTest: Float64Array.of(5, 3) };
  const value = (name: keyof typeof surfaceMetrics) => surfaceMetrics[name](d);
  expect(value('Hausdorff Distance')).toBe(6);
  expect(surfaceMetrics['Hausdorff Distance']({ ...d, referenceToTest: Float64Array.of(9, 7) })).toBe(9);
  expect(value('Avg. Surface Distance')).toBe(3);
  expect(value('Avg. Symmetric Surface Distance')).toBe(3.5);
  expect(value('MASD')).toBe(3.5);
  expect(value('ASSD')).toBe(17 / 5);
  // 1 2 6: at 0.95 * 2 = 1.9 from 2 to 6; 3 5: at 0.95 from 3 to 5
  expect(value('HD95')).toBeCloseTo(5.6, 12);
  expect(surfaceMetrics.HD95({ ...d, referenceToTest: Float64Array.of(9, 7) })).toBeCloseTo(8.9, 12);
  // 1 2 3 5 6: at 0.95 * 4 = 3.8 from 5 to 6
  expect(value('Hausdorff Distance 95')).toBeCloseTo(5.8, 12);
  const one = { testToReference: Float64Array.of(2), referenceToTest: new Float64Array(0) };
  expect(surfaceMetrics['Hausdorff Distance 95'](one)).toBe(2);
});

it('takes a line of voxels of 1 mm where neither shape nor spacing is given', () => {
  const scores = evaluateCase(Uint8Array.of(1, 0, 0, 0), Uint8Array.of(0, 0, 0, 1), {
    labels: [1, 2],
    metrics: ['Dice'],
    surface: ['Hausdorff Distance'],
  });
  expect(scores).toEqual({ 1: { Dice: 0, 'Hausdorff Distance': 3 }, 2: { Dice: NaN, 'Hausdorff Distance': NaN } });
});

it('counts surfaces in NSD that lie as far apart as the tolerance, where a file stores its spacing in single precision', () => {
  const cube = (first: number) =>
    Uint8Array.from({ length: 4 * 4 * 6 }, (_, i) => {
      const [z, y, x] = [Math.floor(i / 24), Math.floor(i / 6) % 4, i % 6];
      return (z === 1 || z === 2) && (y === 1 || y === 2) && (x === first || x === first + 1) ? 1 : 0;
    });
  const grid = { shape: [4, 4, 6], spacing: [1, 1, Math.fround(0.8)] } as const;
  const nsd = (tolerance: number, labelTolerances = {}) =>
    evaluateCase(cube(1), cube(2), { labels: [1], metrics: ['NSD'], ...grid, tolerance, labelTolerances })[1]!.NSD;
  // A voxel to the right, 0.800000012 mm.
  expect(nsd(0.8)).toBe(1);
  expect(nsd(0.79999)).toBeLessThan(1);
  expect(nsd(0.1, { 1: 0.8, 2: 0.1 })).toBe(1);
});
