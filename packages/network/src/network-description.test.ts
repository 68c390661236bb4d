import { isNnUNetError } from '@nnunet/errors';
import { describe, expect, it } from 'vitest';
import { describeNetwork } from './describe-network.ts';
import { genericUnetLayers } from './generic-unet.ts';
import { outputShapes, stageSizes } from './network-description.ts';

function plansOf(stage: { patch_size: number[]; pool_op_kernel_sizes: number[][]; conv_kernel_sizes: number[][] }) {
  const rest = {
    batch_size: 2,
    num_pool_per_axis: [],
    median_patient_size_in_voxels: [],
    current_spacing: [],
    original_spacing: [],
    do_dummy_2D_data_aug: false,
  };
  return { num_modalities: 2, num_classes: 3, base_num_features: 32, plans_per_stage: { 0: { ...rest, ...stage } } };
}

const two = Array.from({ length: 7 }, () => [2, 2]);
const three = Array.from({ length: 8 }, () => [3, 3]);
const plans2D = plansOf({ patch_size: [512, 512], pool_op_kernel_sizes: two, conv_kernel_sizes: three });
const plans3D = plansOf({
  patch_size: [20, 160, 160],
  pool_op_kernel_sizes: [
    [1, 2, 2],
    [1, 2, 2],
    [2, 2, 2],
  ],
  conv_kernel_sizes: [
    [1, 3, 3],
    [1, 3, 3],
    [3, 3, 3],
    [3, 3, 3],
  ],
});

describe('describeNetwork', () => {
  it("doubles features up to v1's limit", () => {
    expect(describeNetwork(plans2D, 0).features).toEqual([32, 64, 128, 256, 480, 480, 480, 480]);
    expect(describeNetwork(plans3D, 0)).toMatchObject({
      dimension: 3,
      inputChannels: 2,
      classes: 4,
      features: [32, 64, 128, 256],
    });
    expect(describeNetwork(plans3D, 0, { inputChannels: 5, maximalFeatures: 100 })).toMatchObject({
      inputChannels: 5,
      features: [32, 64, 100, 100],
    });
  });

  it("takes the rest from v1's nnUNetTrainerV2", () => {
    expect(describeNetwork(plans2D, 0)).toEqual({
      architecture: 'Generic_UNet',
      dimension: 2,
      inputChannels: 2,
      classes: 4,
      features: expect.anything(),
      pools: two,
      kernels: three,
      convolutionsPerStage: 2,
      convolutionBias: true,
      norm: 'instance',
      normEpsilon: 1e-5,
      negativeSlope: 0.01,
      deepSupervision: true,
    });
    const changed = describeNetwork({ ...plans3D, conv_per_stage: 3, base_num_features: 48 }, 0, { classes: 2 });
    expect(changed).toMatchObject({ convolutionsPerStage: 3, classes: 2, features: [48, 96, 192, 320] });
    expect(describeNetwork({ ...plans3D, base_num_features: 200 }, 0).features).toEqual([200, 320, 320, 320]);
  });

  it('survives JSON', () => {
    const description = describeNetwork(plans3D, 0);
    expect(JSON.parse(JSON.stringify(description))).toEqual(description);
  });

  it('names the stages that there are', () => {
    expect.assertions(2);
    try {
      describeNetwork(plans3D, 1);
    } catch (error) {
      expect(isNnUNetError(error, 'usage')).toBe(true);
      expect((error as Error).message).toContain('no stage 1');
    }
  });
});

it('gives decoder step u the kernel of stage P - u', () => {
  const { decoder } = genericUnetLayers(describeNetwork(plans3D, 0));
  expect(decoder.map((step) => step.blocks[0]!.convolution.kernel)).toEqual([
    [3, 3, 3],
    [3, 3, 3],
    [1, 3, 3],
  ]);
});

it('halves sizes by the pools, and refuses a patch that they do not divide', () => {
  const description = describeNetwork(plans3D, 0);
  expect(stageSizes(description, [20, 160, 160])[3]).toEqual([10, 20, 20]);
  expect(outputShapes(description, [20, 160, 160], 2)).toEqual([
    [2, 4, 20, 160, 160],
    [2, 4, 20, 80, 80],
    [2, 4, 20, 40, 40],
  ]);
  const whole = [[2, 4, 20, 160, 160]];
  expect(outputShapes({ ...description, deepSupervision: false }, [20, 160, 160], 2)).toEqual(whole);
  expect(outputShapes({ ...description, pools: [] }, [20, 160, 160], 2)).toEqual(whole);
  for (const patch of [
    [21, 160, 160],
    [20, 160, 164],
    [0, 160, 160],
    [-2, 8, 8],
  ]) {
    expect(() => stageSizes(description, patch)).toThrow('multiple of 2 x 8 x 8');
  }
  expect(stageSizes(description, [2, 8, 16])).toEqual([
    [2, 8, 16],
    [2, 4, 8],
    [2, 2, 4],
    [1, 1, 2],
  ]);
  expect(() => stageSizes(description, [160, 160])).toThrow('2 axes');
});

it('changes what a trainer changes', () => {
  const changed = describeNetwork(plans3D, 0, { variant: { baseFeatures: 24, kernel: 3, norm: 'group' } });
  expect(changed.features).toEqual([24, 48, 96, 192]);
  expect(new Set(changed.kernels.flat())).toEqual(new Set([3]));
  expect(changed.norm).toBe('group');
});

it('reads older plans, which have only the number of pools per axis', () => {
  const { pool_op_kernel_sizes: _, conv_kernel_sizes: __, ...older } = plans3D.plans_per_stage[0];
  const plans = { ...plans3D, plans_per_stage: { 0: { ...older, num_pool_per_axis: [1, 3, 3] } } };
  const { pools, kernels } = describeNetwork(plans, 0);
  expect(pools).toEqual(describeNetwork(plans3D, 0).pools);
  expect(kernels).toEqual([0, 1, 2, 3].map(() => [3, 3, 3]));
});

it('wants plans of a residual encoder for one, and no others', () => {
  const residual = { variant: { architecture: 'FabiansUNet' } } as const;
  expect(() => describeNetwork(plans3D, 0, residual)).toThrow('needs plans for a residual encoder');
  const own = plans3D.plans_per_stage[0];
  const pools = [[1, 1, 1], ...own.pool_op_kernel_sizes];
  const blocks = { num_blocks_encoder: [1, 2, 3, 4], num_blocks_decoder: [1, 1, 1] };
  const plans = { ...plans3D, plans_per_stage: { 0: { ...own, ...blocks, pool_op_kernel_sizes: pools } } };
  expect(describeNetwork(plans, 0, residual)).toMatchObject({
    pools: own.pool_op_kernel_sizes,
    encoderBlocks: [1, 2, 3, 4],
    decoderBlocks: [1, 1, 1],
  });
  expect(() => describeNetwork(plans, 0)).toThrow('for a residual encoder');
  const half = { ...plans3D, plans_per_stage: { 0: { ...own, num_blocks_encoder: [1, 2, 3, 4] } } };
  expect(() => describeNetwork(half, 0, residual)).toThrow('needs plans for a residual encoder');
  expect(describeNetwork(half, 0).pools).toEqual(own.pool_op_kernel_sizes);
});
