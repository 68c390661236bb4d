import { describe, expect, it } from 'vitest';
import type { AugmentationRecipe } from './recipe.ts';
import { recipeV2 } from './recipe-v2.ts';
import { drawSample, type SampleDraws } from './sample-draws.ts';

const usual = recipeV2({ patchSize: [16, 20, 16], batchSize: 2 });

function drawMany(changes: Partial<AugmentationRecipe>, count = 2000): SampleDraws[] {
  const recipe = { ...usual, ...changes };
  return Array.from({ length: count }, (_, i) =>
    drawSample(recipe, { seed: 1, epoch: 0, iteration: i >> 1, sample: i & 1, validation: false }, 2),
  );
}

const share = (list: unknown[], of: (draw: never) => boolean) => list.filter(of as () => boolean).length / list.length;

describe('drawSample', () => {
  it('turns about each axis and scales it with a probability of its own', () => {
    const spatial = { ...usual.spatial!, rotationProbability: 1, scaleProbability: 1 };
    const draws = drawMany({ spatial: { ...spatial, rotationAxisProbability: 0.5, scalePerAxisProbability: 0.3 } });
    const angles = draws.flatMap((d) => d.spatial.angles!);
    expect(share(angles, (angle: number) => angle === 0)).toBeCloseTo(0.5, 1);
    const perAxis = draws.filter((d) => Array.isArray(d.spatial.scale));
    expect(perAxis.length / draws.length).toBeCloseTo(0.3, 1);
    const factors = perAxis.flatMap((d) => d.spatial.scale as number[]);
    expect(factors.length).toBe(3 * perAxis.length);
    expect(share(factors, (f: number) => f < 1)).toBeCloseTo(0.5, 1);
    expect(Math.min(...factors)).toBeGreaterThanOrEqual(0.7);
    expect(Math.max(...factors)).toBeLessThan(1.4);
  });

  it('leaves what it drew before as it was where something is switched on', () => {
    const elastic = { probability: 1, alpha: [0, 900], sigma: [9, 13] } as const;
    const more = drawMany({
      spatial: { ...usual.spatial!, elastic },
      additiveBrightness: { probability: 1, channelProbability: 0.5, mean: 1, sd: 0.1 },
    });
    drawMany({}).forEach((draw, i) => {
      expect(more[i]).toEqual({
        ...draw,
        spatial: { ...draw.spatial, elastic: more[i]!.spatial.elastic },
        additiveBrightness: more[i]!.additiveBrightness,
      });
    });
    const { alpha, sigma } = more[0]!.spatial.elastic as { alpha: number; sigma: number };
    expect(alpha >= 0 && alpha < 900 && sigma >= 9 && sigma < 13).toBe(true);
    const added = more.flatMap((d) => d.additiveBrightness);
    expect(share(added, (v: number | null) => v === null)).toBeCloseTo(0.5, 1);
    const mean = added.reduce<number>((sum, v) => sum + (v ?? 0), 0) / added.filter((v) => v !== null).length;
    expect(mean).toBeCloseTo(1, 1);
  });

  it('draws the centre within its margin', () => {
    const margin = [8, 10, 8];
    const draws = drawMany({ loaderPatchSize: [30, 36, 16], spatial: { ...usual.spatial!, randomCentre: margin } });
    for (const { spatial } of draws) {
      const [z, y, x] = spatial.centre as [number, number, number];
      expect(z >= 8 && z <= 22 && y >= 10 && y <= 26).toBe(true);
      expect(x).toBe(7.5);
    }
    expect(new Set(draws.map((d) => d.spatial.centre![0])).size).toBeGreaterThan(1900);
  });

  it('chooses one step of a group for a whole batch', () => {
    const part = { probability: 1, channelProbability: 1 };
    const draws = drawMany({
      median: { ...part, width: [2, 7] },
      blur: { ...part, sigma: [0.3, 1.5] },
      contrast: { probability: 1, factor: [0.5, 2], preserveRange: 'either' },
      oneOf: [['median', 'blur']],
    });
    for (let i = 0; i < draws.length; i += 2) {
      const blurred = draws[i]!.blur[0] !== null;
      expect(draws[i]!.median[0] !== null).toBe(!blurred);
      expect(draws[i + 1]!.blur[1] !== null).toBe(blurred);
      expect(draws[i + 1]!.preserveRange).toBe(draws[i]!.preserveRange);
    }
    expect(share(draws, (d: SampleDraws) => d.blur[0] !== null)).toBeCloseTo(0.5, 1);
    expect(share(draws, (d: SampleDraws) => d.preserveRange)).toBeCloseTo(0.5, 1);
    expect(new Set(draws.map((d) => d.median[0])).size).toBe(7);
  });

  it('grows each label with a probability of its own', () => {
    const cascade = { classes: [1, 2], balls: { probability: 1, labelProbability: 0.33, radius: [1, 5] as const } };
    const steps = drawMany({ cascade }).map((d) => d.balls.length);
    expect(steps.reduce((a, b) => a + b, 0) / (2 * steps.length)).toBeCloseTo(0.33, 1);
  });

  it('puts boxes within the patch', () => {
    const size = usual.patchSize.map((n) => [1, Math.floor(n / 3)] as const);
    const draws = drawMany({ rectangles: { probability: 1, channelProbability: 0.5, count: [1, 5], size } });
    const counts = new Set<number>();
    for (const boxes of draws.flatMap((d) => d.rectangles).filter((b) => b !== null)) {
      counts.add(boxes.length);
      for (const box of boxes) {
        for (let d = 0; d < 3; d++) {
          expect(box.start[d]! >= 1 && box.start[d]! + box.size[d]! <= usual.patchSize[d]!).toBe(true);
          expect(box.size[d]! >= 1 && box.size[d]! <= size[d]![1]).toBe(true);
        }
      }
    }
    expect([...counts].sort()).toEqual([1, 2, 3, 4, 5]);
  });
});
