import { describe, expect, it } from 'vitest';
import { drawSample, type SampleDraws } from './augment-sample.ts';
import type { AugmentationRecipe } from './recipe.ts';
import { recipeV1 } from './recipe-v1.ts';

const usual = recipeV1({ patchSize: [16, 20, 16], batchSize: 2 });

function drawMany(changes: Partial<AugmentationRecipe>, count = 2000): SampleDraws[] {
  const recipe = { ...usual, ...changes };
  return Array.from({ length: count }, (_, i) =>
    drawSample(recipe, { seed: 1, epoch: 0, iteration: i >> 1, sample: i & 1, validation: false }, 2),
  );
}

const share = (list: unknown[], of: (draw: never) => boolean) => list.filter(of as () => boolean).length / list.length;

/** That numbers fill an interval evenly, to its ends: quantiles by four deviations of their own. */
function expectUniform(numbers: readonly number[], [low, high]: readonly [number, number]): void {
  const places = numbers.map((x) => (x - low) / (high - low)).sort((a, b) => a - b);
  const count = places.length;
  expect(count).toBeGreaterThan(400);
  expect(places[0]!).toBeGreaterThanOrEqual(0);
  expect(places[0]!).toBeLessThan(10 / count);
  expect(places.at(-1)!).toBeGreaterThan(1 - 10 / count);
  expect(places.at(-1)!).toBeLessThanOrEqual(1);
  for (const quantile of [0.25, 0.5, 0.75]) {
    expect(Math.abs(places[Math.floor(quantile * count)]! - quantile)).toBeLessThan(2 / Math.sqrt(count));
  }
}

const present = <T>(list: readonly (T | null | undefined)[]): T[] => list.filter((value) => value != null);

/** The number that was drawn for each channel of two, null where none was. */
const numbersOf = (
  draws: SampleDraws[],
  step: 'blur' | 'sharpening' | 'lowResolution' | 'contrast' | 'gamma' | 'gammaInverted',
) =>
  draws.flatMap(({ steps }) =>
    (steps[step] ?? [null, null]).map((drawn) => {
      if (drawn === null || typeof drawn === 'number') return drawn;
      if ('strength' in drawn) return drawn.strength;
      return 'zoom' in drawn ? drawn.zoom : 'factor' in drawn ? drawn.factor : drawn.gamma;
    }),
  );

describe('drawSample', () => {
  it.each([
    ['blur', { sigma: [3, 5] }, [3, 5]],
    ['lowResolution', { zoom: [0.2, 0.4] }, [0.2, 0.4]],
    ['sharpening', { strength: [2, 7] }, [2, 7]],
  ] as const)('draws %s evenly, for its share of the samples and of their channels', (step, values, range) => {
    const part = { probability: 0.6, channelProbability: 0.3, ...values };
    const numbers = numbersOf(drawMany({ [step]: part } as Partial<AugmentationRecipe>, 4000), step);
    expectUniform(present(numbers), range);
    // Of two channels at least one: 1 - 0.7 * 0.7.
    const samples = numbers.flatMap((first, i) => (i % 2 === 0 ? [[first, numbers[i + 1]]] : []));
    expect(share(samples, (values: unknown[]) => values.some((v) => v !== null))).toBeCloseTo(0.6 * 0.51, 1.5);
    expect(share(numbers, (v: unknown) => v !== null)).toBeCloseTo(0.18, 1.5);
  });

  it('draws one noise for a sample, and a brightness for each of its channels', () => {
    const draws = drawMany({
      noise: { probability: 0.5, sd: [1, 3] },
      brightness: { probability: 1, factor: [2, 3] },
    });
    const noise = present(draws.map((d) => d.steps.noise));
    expectUniform(
      noise.map(({ sd }) => sd),
      [1, 3],
    );
    expect(noise.length / draws.length).toBeCloseTo(0.5, 1.3);
    const factors = draws.map((d) => d.steps.brightness!);
    expectUniform(present(factors.flat()), [2, 3]);
    expect(factors.every(([first, second]) => first !== second)).toBe(true);
  });

  it.each(['contrast', 'gamma', 'gammaInverted'] as const)('draws %s below and above 1 equally often', (step) => {
    const values = { factor: [0.8, 3], gamma: [0.8, 3], retainStats: true };
    const draws = drawMany({ [step]: { probability: 1, ...values } } as Partial<AugmentationRecipe>, 4000);
    const drawn = present(numbersOf(draws, step));
    expect(share(drawn, (v: number) => v < 1)).toBeCloseTo(0.5, 1.5);
    const parts = [drawn.filter((v) => v < 1), drawn.filter((v) => v >= 1)] as const;
    expectUniform(parts[0], [0.8, 1]);
    expectUniform(parts[1], [1, 3]);
  });

  it('draws half of the factors of brightness below 1 if asked, and otherwise all evenly', () => {
    const below = (aroundOne: boolean) => {
      const part = { probability: 1, factor: [0.9, 2] as const, aroundOne };
      return share(present(drawMany({ brightness: part }).flatMap((d) => d.steps.brightness!)), (f) => f < 1);
    };
    expect(below(true)).toBeCloseTo(0.5, 1);
    expect(below(false)).toBeCloseTo(0.1 / 1.1, 1.5);
  });

  it('adds brightness of a normal distribution', () => {
    const part = { probability: 1, channelProbability: 1, mean: 3, sd: 0.5 };
    const added = present(drawMany({ additiveBrightness: part }).flatMap((d) => d.steps.additiveBrightness!));
    const mean = added.reduce((a, b) => a + b) / added.length;
    expect(mean).toBeCloseTo(3, 1.3);
    expect(Math.sqrt(added.reduce((sum, v) => sum + (v - mean) ** 2, 0) / added.length)).toBeCloseTo(0.5, 1.5);
  });

  it('draws elastic deformations in voxels', () => {
    const elastic = { probability: 0.3, alpha: [100, 900], sigma: [9, 13] } as const;
    const all = drawMany({ spatial: { ...usual.spatial!, elastic } }).map((d) => d.spatial.elastic);
    const drawn = present(all) as { alpha: number; sigma: number }[];
    expect(drawn.length / all.length).toBeCloseTo(0.3, 1.3);
    expectUniform(
      drawn.map((e) => e.alpha),
      [100, 900],
    );
    expectUniform(
      drawn.map((e) => e.sigma),
      [9, 13],
    );
  });

  it('draws elastic deformations in shares of the patch, as far as an eighth to a half of their width', () => {
    const elastic = { probability: 1, deformationScale: [0.1, 0.25] } as const;
    const drawn = drawMany({ spatial: { ...usual.spatial!, elastic } }).map(
      (d) => d.spatial.elastic as { sigmas: number[]; magnitudes: number[] },
    );
    expectUniform(
      drawn.map((e) => e.sigmas[1]! / 20),
      [0.1, 0.25],
    );
    for (const { sigmas } of drawn) expect(sigmas[0]! / 16).toBeCloseTo(sigmas[1]! / 20, 12);
    expectUniform(
      drawn.map((e) => e.magnitudes[2]! / e.sigmas[2]!),
      [1 / 8, 1 / 2],
    );
  });

  it('turns by quarters in the plane of any two of the axes, and exchanges them', () => {
    const draws = drawMany({
      quarterTurns: { probability: 1, axes: [0, 2] },
      transposition: { probability: 1, axes: [0, 2] },
    });
    expect(new Set(draws.map((d) => d.steps.quarterTurns!.axes.join()))).toEqual(new Set(['0,2']));
    for (const count of [0, 1, 2, 3]) {
      expect(share(draws, (d: SampleDraws) => d.steps.quarterTurns!.count === count)).toBeCloseTo(0.25, 1.3);
    }
    expect(share(draws, (d: SampleDraws) => d.steps.transposition!.join() === '2,1,0')).toBeCloseTo(0.5, 1.3);
    expect(share(draws, (d: SampleDraws) => d.steps.transposition!.join() === '0,1,2')).toBeCloseTo(0.5, 1.3);
    const cube = drawMany({ quarterTurns: { probability: 0.4, axes: [0, 1, 2] } });
    const planes = present(cube.map((d) => d.steps.quarterTurns)).map((turns) => turns.axes.join());
    expect(planes.length / cube.length).toBeCloseTo(0.4, 1.3);
    for (const plane of ['0,1', '0,2', '1,2'])
      expect(share(planes, (p: string) => p === plane)).toBeCloseTo(1 / 3, 1.3);
  });

  it('places a Gaussian in and about the patch, its width by its logarithm', () => {
    const where = { probability: 1, channelProbability: 1, scale: [0.25, 1], location: [-0.5, 1.5] } as const;
    const strength = [
      [-5, -1],
      [1, 5],
    ] as const;
    const drawn = present(
      drawMany({ brightnessGradient: { ...where, strength } }).flatMap((d) => d.steps.brightnessGradient!),
    );
    expectUniform(
      drawn.map((d) => d.gaussian.centre[1]! / 20),
      [-0.5, 1.5],
    );
    expectUniform(
      drawn.map((d) => Math.log(d.gaussian.sigma[0]!)),
      [Math.log(4), Math.log(16)],
    );
    expect(share(drawn, (d: (typeof drawn)[0]) => d.value < 0)).toBeCloseTo(0.5, 1.5);
    expectUniform(
      drawn.map((d) => d.value).filter((v) => v < 0),
      [-5, -1],
    );
    expectUniform(
      drawn.map((d) => d.value).filter((v) => v > 0),
      [1, 5],
    );
  });

  it('grows and shrinks labels in any order, by balls of any size', () => {
    const cascade = { classes: [1, 2], balls: { probability: 0.4, radius: [1, 8] as const } };
    const balls = drawMany({ cascade }, 4000).map((d) => d.balls);
    expect(share(balls, (b: unknown[]) => b.length === 2)).toBeCloseTo(0.4, 1.5);
    const steps = balls.flat();
    expectUniform(
      steps.map((s) => s.radius),
      [1, 8],
    );
    for (const operation of ['dilation', 'erosion', 'closing', 'opening']) {
      expect(share(steps, (s: (typeof steps)[0]) => s.operation === operation)).toBeCloseTo(0.25, 1.3);
    }
    const used = balls.filter((b) => b.length === 2);
    expect(share(used, (b: typeof steps) => b[0]!.channel === 0)).toBeCloseTo(0.5, 1.3);
  });

  it('turns about each axis and scales it with a probability of its own', () => {
    const spatial = { ...usual.spatial!, rotationProbability: 1, scaleProbability: 1 };
    const draws = drawMany({ spatial: { ...spatial, rotationAxisProbability: 0.8, scalePerAxisProbability: 0.3 } });
    const angles = draws.flatMap((d) => d.spatial.angles!);
    expect(share(angles, (angle: number) => angle === 0)).toBeCloseTo(0.2, 1.3);
    expectUniform(
      angles.filter((angle) => angle !== 0),
      [-Math.PI / 6, Math.PI / 6],
    );
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
        steps: { ...draw.steps, additiveBrightness: more[i]!.steps.additiveBrightness },
      });
    });
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
    expectUniform(
      draws.map((d) => d.spatial.centre![1]!),
      [10, 26],
    );
    // Within slices axis 0 keeps its centre.
    const spatial = { ...usual.spatial!, randomCentre: margin };
    const dummy = drawMany({ dummy2D: true, loaderPatchSize: [30, 36, 16], spatial }, 50);
    expect(dummy.every((d) => d.spatial.centre![0] === 14.5 && d.spatial.centre![1] !== 17.5)).toBe(true);
    const flat = { patchSize: [20, 16], loaderPatchSize: [36, 30], spatial: { ...spatial, randomCentre: [10, 8] } };
    for (const { spatial: drawn } of drawMany(flat, 50)) {
      const [z, y, x] = drawn.centre as [number, number, number];
      expect(z).toBe(0);
      expect(y >= 10 && y <= 26 && x >= 8 && x <= 22).toBe(true);
    }
  });

  it('deforms and scales the two axes of slices, and all three of volumes', () => {
    const elastic = { probability: 1, deformationScale: [0.1, 0.1] } as const;
    const spatial = { ...usual.spatial!, scaleProbability: 1, scalePerAxisProbability: 1, elastic };
    const axes = (changes: Partial<AugmentationRecipe>) => {
      const [{ spatial: drawn }] = drawMany({ spatial, ...changes }, 1) as [SampleDraws];
      return [(drawn.elastic as { sigmas: readonly number[] }).sigmas, (drawn.scale as number[]).length];
    };
    expect(axes({ patchSize: [10, 20, 30] })).toEqual([[1, 2, 3], 3]);
    expect(axes({ patchSize: [10, 20, 30], dummy2D: true })).toEqual([[2, 3], 2]);
    expect(axes({ patchSize: [20, 30] })).toEqual([[2, 3], 2]);
    expect(drawMany({ spatial: null }, 1)[0]!.spatial).toEqual({ angles: null, scale: null, elastic: null });
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
      const [first, second] = [draws[i]!.steps, draws[i + 1]!.steps];
      expect(first.median === undefined).toBe(first.blur !== undefined);
      expect(second.blur === undefined).toBe(first.blur === undefined);
      const kept = [first, second].flatMap(({ contrast }) => contrast!.map((channel) => channel!.preserveRange));
      expect(new Set(kept).size).toBe(1);
    }
    expect(share(draws, (d: SampleDraws) => d.steps.blur !== undefined)).toBeCloseTo(0.5, 1);
    expect(share(draws, (d: SampleDraws) => d.steps.contrast![0]!.preserveRange)).toBeCloseTo(0.5, 1);
    // From 2 to 7, or none.
    expect(new Set(draws.map((d) => d.steps.median?.[0])).size).toBe(7);
  });

  it('grows each label with a probability of its own', () => {
    const cascade = { classes: [1, 2], balls: { probability: 1, labelProbability: 0.33, radius: [1, 5] as const } };
    const steps = drawMany({ cascade }).map((d) => d.balls.length);
    expect(steps.reduce((a, b) => a + b, 0) / (2 * steps.length)).toBeCloseTo(0.33, 1);
  });

  it('draws boxes within the patch, never at its first voxel unless they fill it', () => {
    const boxesOf = (patchSize: number[], ...size: [number, number][]) => {
      const rectangles = { probability: 1, channelProbability: 0.5, count: [1, 3] as const, size };
      return present(drawMany({ patchSize, rectangles }, 400).flatMap((d) => d.steps.rectangles!));
    };
    const drawn = boxesOf([4, 6, 9], [4, 4], [2, 3], [5, 12]);
    const boxes = drawn.flat();
    const seen = (values: number[]) => [...new Set(values)].sort();
    expect(seen(drawn.map((list) => list.length))).toEqual([1, 2, 3]);
    expect(seen(boxes.map(({ size }) => size[2]!))).toEqual([5, 6, 7, 8, 9]);
    expect(seen(boxes.map(({ start }) => start[1]!))).toEqual([1, 2, 3, 4]);
    for (const { size, start } of boxes) {
      expect([size[0], start[0]]).toEqual([4, 0]);
      expect(start[1]! + size[1]!).toBeLessThanOrEqual(6);
      expect(start[2] === 0).toBe(size[2] === 9);
    }
    // In the plane of slices the boxes have one slice.
    expect(
      seen(
        boxesOf([6, 9], [2, 2], [3, 3])
          .flat()
          .flatMap(({ size }) => size),
      ),
    ).toEqual([1, 2, 3]);
  });

  it('places a Gaussian by shares of the patch, and leaves an axis of one voxel alone', () => {
    const range = [2, 2] as const;
    const settings = { probability: 1, channelProbability: 1, location: [0.25, 0.25], scale: [0.3, 0.3] } as const;
    const [draws] = drawMany({ patchSize: [40, 20], localGamma: { ...settings, gamma: [range, range] } }, 1);
    const { gaussian, value } = draws!.steps.localGamma![0]!;
    expect(gaussian.centre).toEqual([0, 10, 5]);
    expect(gaussian.sigma.map((sigma) => Number(sigma.toFixed(9)))).toEqual([1, 12, 6]);
    expect(value).toBe(2);
  });
});
