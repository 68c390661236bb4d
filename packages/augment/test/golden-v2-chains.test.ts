import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { augmentSample, noDraws, type SampleDraws } from '../src/augment-sample.ts';
import { applyBallSteps, type BallOperation, type BallStep, oneHotLabels } from '../src/cascade.ts';
import { removeComponents } from '../src/component-removal.ts';
import { downsampleLabels, scaledShape } from '../src/deep-supervision.ts';
import { recipeV2 } from '../src/v2/recipe-v2.ts';
import { transformLinearly } from '../src/v2/spatial-linear.ts';
import { writeTarget } from '../src/write-target.ts';
import { greatestDifference, readArrays, readJson, sharedGolden } from './reference-values.ts';
import { threeAxes, wholePatch } from './transformed.ts';

interface Step {
  transform: string;
  affine?: number[][] | null;
  noise?: string;
  sigmas?: number[][];
  apply_to_channel?: (boolean | number)[];
  multipliers?: number[];
  scales?: number[][];
  gamma?: number[];
  invert_image?: boolean[];
  axes?: number[];
  apply_to_channels?: number[];
  operators?: string[];
  strel_size?: number[];
  draws?: [string, ...(number | number[])[]][];
}

interface Chain {
  name: string;
  input: [string, string];
  arguments: {
    patch_size: number[];
    deep_supervision_scales: number[][];
    do_dummy_2d_data_aug: boolean;
    use_mask_for_norm: boolean[];
    is_cascaded?: boolean;
    foreground_labels: number[];
    regions?: (number | number[])[];
    ignore_label?: number;
  };
  steps: Step[];
}

const folder = `${sharedGolden}v2/augment`;
const present = sharedGolden !== undefined && existsSync(folder);

/** Angles and scale of v2's matrix Rz · Ry · Rx · scale on columns, for rows: the opposite angles. */
function movesOf(affine: number[][] | null | undefined) {
  if (affine == null) return { angles: null, scale: null };
  const scale = Math.hypot(...affine.map((row) => row[0]!));
  const m = affine.map((row) => row.map((v) => v / scale));
  if (affine.length === 2) return { angles: [-Math.atan2(m[1]![0]!, m[0]![0]!)], scale };
  const angles = [Math.atan2(m[2]![1]!, m[2]![2]!), -Math.asin(m[2]![0]!), Math.atan2(m[1]![0]!, m[0]![0]!)];
  return { angles: angles.map((angle) => -angle), scale };
}

/** v2's parameters as draws of this package; `noise` gives arrays by name. */
function drawsOf({ steps, arguments: { patch_size } }: Chain, noise: (name: string) => Float32Array): SampleDraws {
  const draws: SampleDraws = { ...noDraws, steps: {}, balls: [] };
  const flat = patch_size.length === 2;
  let gammas = 0;
  for (const step of steps) {
    const applied = (step.apply_to_channel ?? []).flatMap((v, k) => (v === true ? [k] : v === false ? [] : [v]));
    const perChannel = <T>(of: (k: number) => T) => [0, 1].map((c) => (applied.includes(c) ? of(applied.indexOf(c)) : null)); // biome-ignore format: a row
    switch (step.transform) {
      case 'SpatialTransform':
        draws.spatial = { ...movesOf(step.affine), elastic: null };
        break;
      case 'GaussianNoiseTransform':
        draws.steps.noise = { sd: 0, values: { fillNormal: (out: Float32Array) => out.set(noise(step.noise!)) } } as unknown as NonNullable<SampleDraws['steps']['noise']>; // biome-ignore format: a row
        break;
      case 'GaussianBlurTransform':
        draws.steps.shortBlur = perChannel((k) => (flat ? [1, ...step.sigmas![k]!] : step.sigmas![k]!));
        break;
      case 'MultiplicativeBrightnessTransform':
        draws.steps.brightness = perChannel((k) => step.multipliers![k]!);
        break;
      case 'ContrastTransform':
        draws.steps.contrast = perChannel((k) => ({ factor: step.multipliers![k]!, preserveRange: true }));
        break;
      case 'SimulateLowResolutionTransform':
        draws.steps.lowResolution = perChannel((k) => ({ zoom: step.scales![k]!.at(-1)!, keptAxes: flat || step.scales![k]![0] === 1 ? [0] : [], order: 1 })); // biome-ignore format: a row
        break;
      case 'GammaTransform':
        draws.steps[step.invert_image![0] ? 'gammaInverted' : 'gamma'] = perChannel((k) => ({ gamma: step.gamma![k]!, inverted: step.invert_image![k]!, retainStats: true })); // biome-ignore format: a row
        gammas++;
        break;
      case 'MirrorTransform':
        draws.steps.mirror = step.axes!.map((axis) => axis + Number(flat));
        break;
      case 'ApplyRandomBinaryOperatorTransform':
        draws.balls = ballsOf(step);
        break;
    }
  }
  expect(gammas).toBeLessThanOrEqual(2);
  return draws;
}

function ballsOf({ apply_to_channels, operators, strel_size }: Step): BallStep[] {
  return apply_to_channels!.map((channel, i) => ({
    channel: channel + 2,
    operation: operators![i]!.replace(/^binary_|_torch$/g, '') as BallOperation,
    radius: strel_size![i]!,
    shape: 'window',
  }));
}

describe.skipIf(!present)('the training transforms of nnU-Net 2.8.1 (needs ../shared/golden)', () => {
  const chains = present ? readJson<Chain[]>(`${folder}/chains.json`) : [];
  it.each(chains)('$name', async (chain) => {
    const array = await readArrays(`${folder}/chains.npz`);
    const { arguments: given, name } = chain;
    const [image, labels] = [array(chain.input[0]), array(chain.input[1])];
    const patch = wholePatch(image, { ...labels, data: labels.data.slice(0, image.data.length / 2) });
    if (given.is_cascaded) patch.previous = labels.data.slice(image.data.length / 2);
    const regions = given.regions?.map((values) => ({ name: '', values: [values].flat() })) ?? null;
    const recipe = recipeV2({
      patchSize: given.patch_size,
      batchSize: 1,
      labels: { all: [], foreground: given.foreground_labels, regions, ignore: given.ignore_label ?? null },
      maskedChannels: given.use_mask_for_norm.flatMap((masked, c) => (masked ? [c] : [])),
      cascade: given.is_cascaded,
    });
    const shape = threeAxes(given.patch_size);
    const size = shape.reduce((a, b) => a * b, 1);
    const classes = given.is_cascaded ? 2 : 0;
    const data = new Float32Array((2 + classes) * size);
    const sample = { shape, spacing: [1, 1, 1], channels: 2, data: data.subarray(0, 2 * size), seg: new Float32Array(size), previous: new Float32Array(size) }; // biome-ignore format: a row
    const draws = drawsOf(chain, (noise) => array(noise).data);
    const inPlane = shape[0] === 1 || given.do_dummy_2d_data_aug;
    transformLinearly(patch, sample, draws.spatial, { inPlane });
    augmentSample(sample, draws, recipe);
    if (recipe.cascade) {
      const oneHot = data.subarray(2 * size);
      oneHotLabels(sample.previous, recipe.cascade.classes, oneHot);
      applyBallSteps(oneHot, shape, draws.balls);
      const removal = chain.steps.find((step) => step.transform.startsWith('RemoveRandom'));
      if (removal) removeComponents(oneHot, shape, recipe.cascade.removal!, recordedRemoval(removal));
    }
    expect(greatestDifference(data, array(`${name}_data`).data)).toBeLessThanOrEqual(5e-4);
    const channels = recipe.regions?.length ?? 1;
    const target = new Uint8Array(channels * size);
    writeTarget(sample.seg, recipe.regions, target);
    for (const [i, scale] of given.deep_supervision_scales.entries()) {
      const expected = array(`${name}_target${i}`);
      const smaller = scaledShape(given.patch_size, scale);
      const out = new Uint8Array(expected.data.length);
      downsampleLabels(target, given.patch_size, smaller, out);
      expect(expected.shape).toEqual([channels, ...smaller]);
      expect(out.filter((label, at) => label !== expected.data[at]).length).toBeLessThanOrEqual(0.001 * out.length);
    }
  });
});

/** The draws of a removal without refilling: sample and channel by probability, then the component. */
function recordedRemoval({ apply_to_channels, draws }: Step) {
  const uniform = [0, ...[-2, -1].map((channel) => (apply_to_channels!.includes(channel) ? 0 : 0.9))];
  const choices = draws!.filter(([kind]) => kind === 'choice');
  return {
    uniform: () => uniform.shift()!,
    integer: (n: number) => {
      const [, among, chosen] = choices.shift()! as [string, number[], number];
      expect(n).toBe(among.length);
      return among.indexOf(chosen);
    },
  };
}
