import { counterRandom } from '@nnunet/tensor';
import { describe, expect, it } from 'vitest';
import { greatestDifference } from '../test/reference-values.ts';
import { transformed } from '../test/transformed.ts';
import { elasticDisplacement } from './displacement.ts';
import { loadPatch } from './loader-patch.ts';
import { arraySource } from './patch-source.ts';
import { influenceBox } from './spatial-geometry.ts';

const noiseOf = (seed: number) => {
  const random = counterRandom(seed, 'noise');
  return (size: number) => Float64Array.from({ length: size }, () => random.uniformBetween(-1, 1));
};

describe('elasticDisplacement', () => {
  it('moves as far as smoothed noise does, and less at the border', () => {
    const shape = [30, 34, 32];
    const sigma = 2;
    const alpha = 50;
    const { along, greatest } = elasticDisplacement({ alpha, sigma }, shape, false, noiseOf(1));
    // the variance of uniform noise is 1/3; smoothing along an axis multiplies it by 1 / (2 √π sigma)
    const expected = alpha * Math.sqrt(1 / 3) * (1 / (2 * Math.sqrt(Math.PI) * sigma)) ** 1.5;
    for (const field of along) {
      let inner = 0;
      let count = 0;
      for (let z = 8; z < 22; z++)
        for (let y = 8; y < 26; y++) for (let x = 8; x < 24; x++, count++) inner += field![(z * 34 + y) * 32 + x]! ** 2;
      const sd = Math.sqrt(inner / count);
      expect(sd / expected).toBeGreaterThan(0.75);
      expect(sd / expected).toBeLessThan(1.25);
    }
    expect(greatest.every((g, d) => g === along[d]!.reduce((m, v) => Math.max(m, Math.abs(v)), 0))).toBe(true);
  });

  it('reaches the greatest displacement that was asked for, whatever the sigma', () => {
    for (const share of [0.002, 0.05, 0.25]) {
      const magnitudes = [0.5, 1.5, 3];
      const sigmas = [20 * share, 16 * share, 15 * share];
      const { greatest } = elasticDisplacement({ sigmas, magnitudes }, [20, 16, 15], false, noiseOf(2));
      greatest.forEach((g, d) => {
        expect(g).toBeCloseTo(magnitudes[d]!, 7);
      });
    }
  });

  it('moves all slices alike within the plane', () => {
    const { along, greatest } = elasticDisplacement({ alpha: 30, sigma: 3 }, [5, 12, 14], true, noiseOf(3));
    expect(along[0]).toBeNull();
    expect(along[1].length).toBe(12 * 14);
    expect(greatest[0]).toBe(0);
  });
});

it('reads no more of a case than influences a deformed patch', async () => {
  const shape = [60, 70, 64];
  const size = shape.reduce((a, b) => a * b, 1);
  const data = counterRandom('image').fillNormal(new Float32Array(size));
  const source = arraySource([{ id: 'a', shape, data, seg: Float32Array.from(data, (v) => (v > 0.5 ? 1 : 0)) }]);
  const loaderPatchSize = [66, 80, 70];
  const patchSize = [12, 14, 12];
  for (const [inPlane, scale] of [
    [false, [0.7, 1.2, 1]],
    [true, [0.8, 1.3]],
  ] as const) {
    const displacement = elasticDisplacement({ alpha: 40, sigma: 3 }, patchSize, inPlane, noiseOf(4));
    const transform = { angles: inPlane ? [0.4] : [0.3, -0.2, 0.1], scale, displacement };
    const place = { index: 0, start: [-4, -9, -3], loaderPatchSize };
    const needed = influenceBox(transform, { loaderPatchSize, patchSize }, inPlane);
    const [part, whole] = await Promise.all(
      [needed, undefined].map(async (box) => {
        const patch = await loadPatch(source, { ...place, needed: box });
        return { ...transformed(patch, patchSize, transform, { inPlane }), read: patch.data.length };
      }),
    );
    expect(part!.read).toBeLessThan(whole!.read);
    expect(greatestDifference(part!.data, whole!.data)).toBeLessThan(1e-6);
    expect(greatestDifference(part!.seg, whole!.seg)).toBe(0);
  }
});
