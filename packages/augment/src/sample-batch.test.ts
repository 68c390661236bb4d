import { describe, expect, it } from 'vitest';
import { greatestDifference } from '../test/reference-values.ts';
import { drawSample } from './augment-sample.ts';
import { key, makeCase, plain, pools, recipe } from './noise-case.fixture.ts';
import { arraySource } from './patch-source.ts';
import { recipeV1 } from './recipe-v1.ts';
import { sampleBatch, validationBatch } from './sample-batch.ts';
import { shippedTransforms } from './transform-registry.ts';

const source = arraySource([makeCase('a', [20, 26, 24]), makeCase('b', [14, 30, 22]), makeCase('c', [40, 38, 36])]);
/** Always applied, so that its effect must show. */
function always<T extends object>(part: T): T {
  return Object.fromEntries(
    Object.entries(part).map(([name, value]) => [name, /probability/i.test(name) ? 1 : value]),
  ) as T;
}

describe('sampleBatch', () => {
  it('has the shapes that the network needs', async () => {
    const batch = await sampleBatch(source, recipe, key);
    expect(batch.shape).toEqual([4, 2, 16, 20, 16]);
    expect(batch.data.length).toBe(4 * 2 * 16 * 20 * 16);
    expect(batch.targets.map((t) => t.shape)).toEqual([
      [4, 1, 16, 20, 16],
      [4, 1, 8, 10, 8],
    ]);
    expect(batch.targets[1]!.data.length).toBe(4 * 8 * 10 * 8);
    expect(new Set(batch.targets[0]!.data)).toEqual(new Set([0, 1, 2]));
    expect(batch.keys).toHaveLength(4);
    expect(batch.keys.every((id) => ['a', 'b', 'c'].includes(id))).toBe(true);
  });

  it('refuses a recipe with a key that nothing reads, and names those most like it', async () => {
    const old = { ...plain, mirrorAxes: [0] };
    const error = expect.objectContaining({
      ...{ tag: 'bad-recipe', what: 'the augmentation recipe has the unknown key "mirrorAxes"' },
      remedy: expect.stringMatching(/^Did you mean .*\bmirror\b/),
    });
    await expect(sampleBatch(source, old, key)).rejects.toEqual(error);
    const own = { name: 'mirrorAxes', draw: () => null, apply: () => undefined };
    const batch = await sampleBatch(source, old, key, shippedTransforms.with(own));
    expect(batch).toEqual(await sampleBatch(source, plain, key));
  });

  it('is a function of its key', async () => {
    const first = await sampleBatch(source, recipe, key);
    await sampleBatch(source, recipe, { ...key, iteration: 6 });
    expect(await sampleBatch(source, recipe, key)).toEqual(first);
    for (const other of [
      { ...key, seed: 8 },
      { ...key, epoch: 3 },
      { ...key, iteration: 4 },
    ]) {
      expect(greatestDifference((await sampleBatch(source, recipe, other)).data, first.data)).toBeGreaterThan(0.1);
    }
    expect((await validationBatch(source, recipe, key)).data).not.toEqual((await sampleBatch(source, plain, key)).data);
  });

  it.each(['noise', 'blur', 'brightness', 'contrast', 'lowResolution', 'gammaInverted', 'gamma'] as const)(
    '%s changes the image and nothing else',
    async (part) => {
      const before = await sampleBatch(source, plain, key);
      const after = await sampleBatch(source, { ...plain, [part]: always(recipe[part]!) }, key);
      expect(greatestDifference(after.data, before.data)).toBeGreaterThan(0.01);
      expect(greatestDifference(after.data, before.data)).toBeLessThan(20);
      expect(after.targets).toEqual(before.targets);
    },
  );

  it('applies a part to the share of samples that the recipe gives', () => {
    const draws = Array.from({ length: 4000 }, (_, seed) =>
      drawSample(recipe, { ...key, seed, sample: 0, validation: false }, 1),
    );
    const count = (test: (d: (typeof draws)[number]) => boolean) => draws.filter(test).length / draws.length;
    expect(count((d) => d.spatial.angles !== null)).toBeCloseTo(0.2, 1);
    expect(count((d) => d.spatial.angles === null && d.spatial.scale === null)).toBeCloseTo(0.64, 1);
    expect(Math.abs(count((d) => d.steps.noise !== undefined) - 0.1)).toBeLessThan(0.02);
    expect(Math.abs(count((d) => d.steps.blur?.[0] != null) - 0.1)).toBeLessThan(0.02);
    expect(Math.abs(count((d) => d.steps.lowResolution?.[0] != null) - 0.125)).toBeLessThan(0.02);
    expect(Math.abs(count((d) => d.steps.gamma?.[0] != null) - 0.3)).toBeLessThan(0.03);
    expect(Math.abs(count((d) => d.steps.mirror!.includes(1)) - 0.5)).toBeLessThan(0.03);
    expect(Math.abs(count((d) => d.steps.gamma?.[0] != null && d.steps.gamma[0].gamma < 1) - 0.15)).toBeLessThan(0.02);
  });

  it('mirrors image and labels alike', async () => {
    const rare = { ...plain, batchSize: 1, oversampleForeground: 0 };
    const all = { ...rare, mirror: { axes: [0, 1, 2] } };
    for (let iteration = 0; iteration < 8; iteration++) {
      const straight = await sampleBatch(source, rare, { ...key, iteration });
      const turned = await sampleBatch(source, all, { ...key, iteration });
      const { steps } = drawSample(all, { ...key, iteration, sample: 0, validation: false }, 2);
      const [n0, n1, n2] = [16, 20, 16];
      const at = (z: number, y: number, x: number) => (z * n1 + y) * n2 + x;
      const flip = (axis: number, i: number, n: number) => (steps.mirror!.includes(axis) ? n - 1 - i : i);
      for (let z = 0; z < n0; z += 3) {
        for (let y = 0; y < n1; y += 3) {
          for (let x = 0; x < n2; x += 3) {
            const from = at(flip(0, z, n0), flip(1, y, n1), flip(2, x, n2));
            expect(turned.data[at(z, y, x)]).toBe(straight.data[from]);
            expect(turned.targets[0]!.data[at(z, y, x)]).toBe(straight.targets[0]!.data[from]);
          }
        }
      }
    }
  });

  it('masks the modalities that are normalised within the mask', async () => {
    // A case whose modalities are its own labels and 10
    const own = makeCase('own', [20, 26, 24], 1);
    const modality = [...own.seg].map((label) => label + 10);
    const twice = { ...own, data: Float32Array.from([...modality, ...modality]) };
    const batch = await sampleBatch(arraySource([twice]), { ...plain, maskedChannels: [1] }, key);
    const voxels = 16 * 20 * 16;
    let outside = 0;
    for (let sample = 0; sample < 4; sample++) {
      const [free, masked] = [0, 1].map((c) =>
        batch.data.subarray((2 * sample + c) * voxels, (2 * sample + c + 1) * voxels),
      );
      expect(masked).toEqual(free!.map((value) => (value === 9 ? 0 : value)));
      outside += free!.filter((value) => value === 9).length;
    }
    expect(outside).toBeGreaterThan(0);
  });

  it('makes slices', async () => {
    const flat = recipeV1({ patchSize: [20, 16], batchSize: 12, poolKernels: pools.map((p) => p.slice(1)) });
    const batch = await sampleBatch(source, flat, key);
    expect(batch.shape).toEqual([12, 2, 20, 16]);
    expect(batch.targets.map((t) => t.shape)).toEqual([
      [12, 1, 20, 16],
      [12, 1, 10, 8],
    ]);
    expect(batch.targets[0]!.data.slice(-4 * 320).some((v) => v > 0)).toBe(true);
    expect(batch.data.every(Number.isFinite)).toBe(true);
  });

  it('transforms slice by slice with dummy 2D', async () => {
    const { patchSize, loaderPatchSize, spatial } = recipeV1({ patchSize: [8, 20, 16], batchSize: 2, dummy2D: true });
    const still = { ...plain, patchSize, loaderPatchSize, dummy2D: true, batchSize: 2, oversampleForeground: 0 };
    // every slice is the first one times its number, and remains it if slices neither mix nor differ in what is done
    const data = Float32Array.from({ length: 8 * 60 * 60 }, (_, i) => 1 + Math.floor(i / 3600));
    const layers = arraySource([{ ...makeCase('layers', [8, 60, 60], 1), data }]);
    const batch = await sampleBatch(layers, { ...still, spatial: always(spatial!) }, key);
    expect(batch.shape).toEqual([2, 1, 8, 20, 16]);
    for (let slice = 0; slice < 16; slice++) {
      const own = batch.data.subarray(slice * 320, (slice + 1) * 320);
      const first = batch.data.subarray((slice - (slice % 8)) * 320).slice(0, 320);
      expect(Math.max(...first)).toBeGreaterThan(0.9);
      const expected = first.map((v) => v * (1 + (slice % 8)));
      expect(greatestDifference(own, expected)).toBeLessThan(1e-4);
    }
    expect(batch.targets).not.toEqual((await sampleBatch(layers, still, key)).targets);
  });

  it('gives regions a channel each', async () => {
    const regional = { ...plain, regions: [[1, 2], [2]] };
    const batch = await sampleBatch(source, regional, key);
    const labels = await sampleBatch(source, plain, key);
    expect(batch.targets.map((t) => t.shape)).toEqual([
      [4, 2, 16, 20, 16],
      [4, 2, 8, 10, 8],
    ]);
    const voxels = 8 * 10 * 8;
    for (let sample = 0; sample < 4; sample++) {
      const label = labels.targets[1]!.data.subarray(sample * voxels, (sample + 1) * voxels);
      const [whole, inner] = [0, 1].map((r) => batch.targets[1]!.data.subarray((2 * sample + r) * voxels));
      for (let i = 0; i < voxels; i++) {
        expect(whole![i]).toBe(label[i]! > 0 ? 1 : 0);
        expect(inner![i]).toBe(label[i] === 2 ? 1 : 0);
      }
    }
  });

  it('appends the previous stage as one-hot channels', async () => {
    const cascade = { ...plain, cascade: { classes: [1, 2], balls: null } };
    const batch = await validationBatch(source, cascade, key);
    expect(batch.shape).toEqual([4, 4, 16, 20, 16]);
    const voxels = 16 * 20 * 16;
    for (let sample = 0; sample < 4; sample++) {
      for (let i = 0; i < voxels; i++) {
        const label = batch.targets[0]!.data[sample * voxels + i];
        expect(batch.data[(4 * sample + 2) * voxels + i]).toBe(label === 1 ? 1 : 0);
        expect(batch.data[(4 * sample + 3) * voxels + i]).toBe(label === 2 ? 1 : 0);
      }
    }
    const grown = await sampleBatch(
      source,
      { ...cascade, cascade: { classes: [1, 2], balls: { probability: 1, radius: [1, 8] } } },
      key,
    );
    const straight = await sampleBatch(source, cascade, key);
    expect(greatestDifference(grown.data, straight.data)).toBe(1);
    const removal = { probability: 1, greatestShare: 1, refillProbability: 0 };
    const removing = { ...cascade, cascade: { ...cascade.cascade, removal } };
    expect((await sampleBatch(source, removing, key)).data).not.toEqual(straight.data);
    expect(await validationBatch(source, removing, key)).toEqual(batch);
    expect(grown.targets).toEqual(straight.targets);
  });

  it('names the case that it cannot use', async () => {
    const broken = makeCase('broken', [20, 26, 24]);
    broken.seg.fill(0.5);
    await expect(sampleBatch(arraySource([broken]), plain, key)).rejects.toMatchObject({
      tag: 'bad-labels',
      where: 'case broken',
    });
    const failing = { ...source, readBox: () => Promise.reject(new Error('disk on fire')) };
    await expect(sampleBatch(failing, plain, key)).rejects.toThrow(/case [abc]: disk on fire/);
    const lone = { ...makeCase('lone', [20, 26, 24]), previous: undefined };
    const cascade = { ...plain, cascade: { classes: [1, 2], balls: null } };
    await expect(sampleBatch(arraySource([lone]), cascade, key)).rejects.toMatchObject({ tag: 'no-previous-stage' });
  });

  it.each([
    [-2, 'bad-labels'],
    [-1, 0],
    [0, 0],
    [255, 255],
    [256, 'bad-labels'],
    [1.5, 'bad-labels'],
  ])('makes of the label %d the target %s', async (label, target) => {
    const own = makeCase('own', [20, 26, 24]);
    own.seg.fill(label);
    const made = sampleBatch(
      arraySource([own]),
      { ...plain, oversampleForeground: 0, loaderPatchSize: [16, 20, 16] },
      key,
    );
    if (typeof target === 'string') await expect(made).rejects.toMatchObject({ tag: target, where: 'case own' });
    else expect(new Set((await made).targets[0]!.data)).toEqual(new Set([target]));
  });

  it('halves the targets of some axes alone', async () => {
    const scales = [
      [1, 1, 1],
      [1, 0.5, 0.5],
    ];
    const { targets } = await sampleBatch(source, { ...plain, deepSupervisionScales: scales }, key);
    expect(targets.map(({ shape }) => shape)).toEqual([
      [4, 1, 16, 20, 16],
      [4, 1, 16, 10, 8],
    ]);
    // Row (10, 0) has the odd voxels of row (10, 1).
    const [whole, half] = targets.map(({ data }) => data) as [Uint8Array, Uint8Array];
    const row = whole.subarray(16 * (10 * 20 + 1), 16 * (10 * 20 + 2));
    expect([...half.subarray(8 * 10 * 10, 8 * (10 * 10 + 1))]).toEqual([...row].filter((_, x) => x % 2 === 1));
  });

  it('refuses cases that do not fit together', () => {
    expect(() => arraySource([])).toThrow(/no case/);
    expect(() => arraySource([makeCase('x', [4, 4, 4], 1), makeCase('y', [4, 4, 4], 2)])).toThrow(/y: shape/);
  });
});
