import { type AugmentationRecipe, arraySource, sampleBatch } from '@nnunet/augment';
import { counterRandom } from '@nnunet/tensor';
import { tinyPlans } from '@nnunet/testing';
import { describe, expect, it } from 'vitest';
import { shippedTrainers } from '../trainer-registry.ts';
import { withoutAugmentation } from './recipes.ts';

function recipeOf(name: string, patchSize: number[], dummy2D = false): AugmentationRecipe {
  const plans = tinyPlans(patchSize);
  plans.plans_per_stage['0'].do_dummy_2D_data_aug = dummy2D;
  const configuration = name.includes('Cascade') ? '3d_cascade_fullres' : patchSize.length === 2 ? '2d' : '3d_fullres';
  return new (shippedTrainers.get(name))({ plans, configuration, stage: 0, batchDice: true }).recipe(2);
}

const degrees = (angle: number) => (angle * Math.PI) / 180;

describe("augmentation of v1's other trainers", () => {
  it('changes what v1 changes', () => {
    const usual = recipeOf('nnUNetTrainerV2', [8, 8, 8]);
    expect(recipeOf('nnUNetTrainerV2_independentScalePerAxis', [8, 8, 8])).toEqual({
      ...usual,
      spatial: { ...usual.spatial, scalePerAxisProbability: 1 },
    });
    const [volume, slices] = [
      [8, 8, 8],
      [8, 8],
    ].map((patch) => recipeOf('nnUNetTrainerV2_DA2', patch).spatial!);
    expect([volume!.rotationAxisProbability, slices!.rotationAxisProbability]).toEqual([0.5, 1]);
    const insane = recipeOf('nnUNetTrainerV2_insaneDA', [8, 8, 8]);
    expect(insane.spatial).toMatchObject({ scale: [0.65, 1.6], elastic: { alpha: [0, 1300], sigma: [9, 15] } });
    expect(insane.loaderPatchSize).toEqual(usual.loaderPatchSize);
    const { order } = insane;
    expect(order!.indexOf('additiveBrightness')).toBe(order!.indexOf('gamma') - 1);
    expect(recipeOf('nnUNetTrainerV2_MMS', [8, 8, 8])).toMatchObject({
      spatial: { rotationProbability: 0.7, elastic: { probability: 0.1, alpha: [0, 300] }, scale: [0.65, 1.6] },
      gammaInverted: { probability: 0.15, gamma: [0.5, 1.6] },
      additiveBrightness: { probability: 0.3, channelProbability: 1, sd: 0.2 },
    });
  });

  it('leaves room for its rotations', () => {
    // v1 limits slices much longer than wide to 15 degrees; not for these
    expect(recipeOf('nnUNetTrainerV2', [320, 192]).spatial!.rotation[0]![1]).toBeCloseTo(degrees(15), 12);
    const long = recipeOf('nnUNetTrainerV2_DA3', [320, 192]);
    expect(long.spatial!.rotation).toEqual([[-Math.PI, Math.PI]]);
    // 320 turned into the short axis, divided by 0.7
    expect(long.loaderPatchSize).toEqual([457, 457]);
    const wide = recipeOf('nnUNetTrainerV2BraTSRegions_DA4_BN', [128, 128, 128]);
    expect(wide.spatial!.rotation[2]![1]).toBeCloseTo(degrees(90), 12);
    // nnUNetTrainerV2_DA5 divides by its own smallest scale
    expect(recipeOf('nnUNetTrainerV2_DA5', [512, 512]).loaderPatchSize).toEqual([731, 731]);
    expect(recipeOf('nnUNetTrainer', [128, 128, 128]).loaderPatchSize).toEqual([184, 184, 184]);
  });

  it('exchanges axes of one size alone', () => {
    const axes = (patch: number[]) => recipeOf('nnUNetTrainerV2_DA5', patch).transposition?.axes ?? null;
    expect(axes([40, 56, 40])).toEqual([0, 2]);
    expect(axes([64, 64, 64])).toEqual([0, 1, 2]);
    expect(axes([32, 64, 48])).toBeNull();
    expect(axes([64, 48])).toBeNull();
  });

  it('grows fewer labels in more samples with an educated guess', () => {
    const balls = recipeOf('nnUNetTrainerV2CascadeFullRes_EducatedGuess3', [8, 8, 8]).cascade!.balls;
    expect(balls).toEqual({ probability: 1, labelProbability: 0.33, radius: [1, 5] });
  });

  const shape = [12, 14, 13];
  const size = 12 * 14 * 13;
  const image = counterRandom('image').fillNormal(new Float32Array(size));
  const source = arraySource([
    {
      id: 'case',
      shape,
      data: image,
      seg: Float32Array.from({ length: size }, (_, i) => (i % 13 < 3 ? -1 : i % 13 < 8 ? 1 : 0)),
    },
  ]);
  it('takes every change away, of whichever recipe', async () => {
    const recipe = { ...withoutAugmentation(recipeOf('nnUNetTrainerV2_DA5', shape)), oversampleForeground: 0 };
    for (let iteration = 0; iteration < 10; iteration++) {
      const { data } = await sampleBatch(source, recipe, { seed: 1, epoch: 0, iteration });
      expect(data).toEqual(Float32Array.from([...image, ...image]));
    }
  });

  const names = ['DA2', 'insaneDA', 'MMS', 'DA3', 'DA5'].map((name) => `nnUNetTrainerV2_${name}`);
  it.each([...names, 'nnUNetTrainerV2BraTSRegions_DA4_BN', 'nnUNetTrainer'])(
    '%s makes batches of volumes, of slices, and slice by slice',
    async (name) => {
      for (const recipe of [recipeOf(name, [8, 8, 8]), recipeOf(name, [8, 8]), recipeOf(name, [4, 8, 8], true)]) {
        const seen = new Set<number>();
        for (let iteration = 0; iteration < 20; iteration++) {
          const batch = await sampleBatch(source, recipe, { seed: 1, epoch: 0, iteration });
          expect(batch.data.every(Number.isFinite)).toBe(true);
          expect(batch.targets[0]!.data.every((label) => label <= 1)).toBe(true);
          seen.add(batch.data[0]!);
        }
        expect(seen.size).toBeGreaterThan(10);
      }
    },
  );
});
