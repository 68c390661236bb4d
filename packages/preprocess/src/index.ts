export type { CroppedCase, Plans } from '@nnunet/schema';
export type { Volume } from '@nnunet/volume';
export { type CropCaseOptions, cropCase } from './crop-case.ts';
export {
  GenericPreprocessor,
  type Preprocessor,
  type PreprocessorClass,
  type ResamplingChoice,
  standardResampling,
} from './generic-preprocessor.ts';
export type { ChannelContext, ForegroundStatistics, Normalization } from './normalization-entry.ts';
export { type Normalizations, shippedNormalizations } from './normalization-registry.ts';
export type { PreparedTestCase, PreprocessedCase } from './prepared-case.ts';
export {
  type PreprocessingLookup,
  type Preprocessors,
  preprocessCase,
  preprocessorFor,
  preprocessTestCase,
  shippedPreprocessors,
} from './preprocessor-registry.ts';
export {
  type RestoreContext,
  type RestoreOptions,
  type RestoreProperties,
  restoreContext,
} from './restore-geometry.ts';
export {
  type LabelImage,
  type RestoreLabelsOptions,
  resampleSoftmaxToCropped,
  restoreLabels,
} from './restore-labels.ts';
export type { Softmax } from './softmax.ts';
