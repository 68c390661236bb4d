import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { squaredDistancesAt } from './distance-transform.ts';

describe('squaredDistancesAt', () => {
  it('equals the search over all pairs', () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 7 })),
        fc.tuple(
          fc.double({ min: 0.2, max: 5, noNaN: true }),
          fc.double({ min: 0.2, max: 5, noNaN: true }),
          fc.constant(1),
        ),
        fc.integer({ min: 1, max: 2 ** 31 - 2 }),
        (shape, spacing, seed) => {
          const mask = new Uint8Array(shape[0] * shape[1] * shape[2]);
          let state = seed;
          for (let i = 0; i < mask.length; i++) {
            state = (state * 48_271) % 2_147_483_647;
            mask[i] = state % 5 === 0 ? 1 : 0;
          }
          const place = (i: number): number[] => [
            Math.floor(i / (shape[1] * shape[2])) * spacing[0],
            (Math.floor(i / shape[2]) % shape[1]) * spacing[1],
            (i % shape[2]) * spacing[2],
          ];
          const at = mask.map((_, i) => (i % 3 === 1 ? 1 : 0));
          const own = squaredDistancesAt(at, mask, {
            shape,
            spacing,
            into: mask.length % 2 === 0 ? new Float64Array(mask.length).fill(7) : undefined,
          });
          own.forEach((distance, i) => {
            if (at[i] === 0) return;
            let nearest = Number.POSITIVE_INFINITY;
            mask.forEach((set, j) => {
              if (set === 0) return;
              const [a, b] = [place(i), place(j)];
              nearest = Math.min(
                nearest,
                a.reduce((sum, v, axis) => sum + (v - b[axis]!) ** 2, 0),
              );
            });
            if (nearest === Number.POSITIVE_INFINITY) expect(distance).toBe(nearest);
            else expect(Math.abs(distance - nearest)).toBeLessThanOrEqual(1e-12 * Math.max(1, nearest));
          });
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });
});
