import { expect, it } from 'vitest';
import { networkVariantOf } from './v1-variants.ts';

const residual = { architecture: 'FabiansUNet', convolutionBias: false, headBias: true };

/** As v1's classes nnUNetTrainerV2_… build their networks (network_architecture and its initialisers). */
it.each<[trainer: string, variant: object]>([
  ['3ConvPerStage', { convolutionsPerStage: 3, baseFeatures: 24 }],
  ['3ConvPerStageSameFilters', { convolutionsPerStage: 3 }],
  ['BN', { norm: 'batch' }],
  ['FRN', { norm: 'filterResponse', normEpsilon: 1e-6, nonlinearity: 'none' }],
  ['GN', { norm: 'group', normGroups: 8 }],
  ['GeLU', { nonlinearity: 'gelu' }],
  ['LReLU_slope_2en1', { negativeSlope: 0.2, initialisation: { slope: 0 } }],
  ['Mish', { nonlinearity: 'mish', initialisation: { slope: 0 } }],
  ['NoNormalization', { norm: 'none' }],
  ['NoNormalization_lr1en3', { norm: 'none' }],
  ['ReLU', { negativeSlope: 0 }],
  ['ReLU_biasInSegOutput', { negativeSlope: 0, headBias: true }],
  ['ReLU_convReLUIN', { negativeSlope: 0, nonlinearityFirst: true }],
  ['lReLU_biasInSegOutput', { headBias: true, initialisation: { slope: 0 } }],
  ['lReLU_convReLUIN', { nonlinearityFirst: true }],
  ['ResencUNet', residual],
  ['ResencUNet_DA3', residual],
  ['ResencUNet_DA3_BN', { ...residual, norm: 'batch' }],
  ['ResencUNet_SimonsInit', { ...residual, initialisation: { zeroResidualNorms: true } }],
  ['ResencUNet_SimonsInit_DA5', { ...residual, initialisation: { zeroResidualNorms: true } }],
  ['allConv3x3', { kernel: 3 }],
  ['noDeepSupervision', { deepSupervision: false }],
  ['DA3_BN', { norm: 'batch' }],
  ['MMS', { norm: 'batch' }],
  ['BN_copy1', { norm: 'batch' }],
  ['BN_copy4', { norm: 'batch' }],
  ['Loss_TopK10_copy1', {}],
  ['warmup', {}],
  ['2epochs', {}],
])('knows the network of nnUNetTrainerV2_%s', (trainer, variant) => {
  expect(networkVariantOf(`nnUNetTrainerV2_${trainer}`)).toEqual(variant);
});

it.each<[trainer: string, variant: object]>([
  ['nnUNetTrainerV2', {}],
  ['nnUNetTrainerV2CascadeFullRes', {}],
  ['nnUNetTrainerV2CascadeFullRes_shorter', {}],
  ['nnUNetTrainerV2BraTSRegions', {}],
  ['nnUNetTrainerV2BraTSRegions_DA3', {}],
  ['nnUNetTrainerV2BraTSRegions_BN', { norm: 'batch' }],
  ['nnUNetTrainerV2BraTSRegions_DA4_BN_BD', { norm: 'batch' }],
  ['nnUNetTrainer', { deepSupervision: false }],
  ['nnUNetTrainerCE', { deepSupervision: false }],
  ['nnUNetTrainerNoDA', { deepSupervision: false }],
  ['nnUNetTrainerCascadeFullRes', { deepSupervision: false }],
])('knows the network of %s', (trainer, variant) => {
  expect(networkVariantOf(trainer)).toEqual(variant);
});

it.each([
  'nnUNetTrainerV2_Mine',
  'nnUNetTrainerV2_BN_copy5',
  'nnUNetTrainerV2BN',
  'nnUNetTrainerV2xBN',
  'nnUNetTrainerV2xwarmup',
  'nnUNetTrainerV2_',
  'nnUNetTrainerV2CascadeFullResX',
  'nnUNetTrainerV2BraTSRegionsX',
  'MyTrainer',
])('does not know %s', (trainer) => {
  expect(networkVariantOf(trainer)).toBeUndefined();
});
