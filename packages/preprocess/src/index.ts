export { geometryOfCase } from './case-geometry.ts';
export { type ClassLocations, sampleClassLocations } from './class-locations.ts';
export { type CaseSource, cropCase } from './crop-case.ts';
export {
  GenericPreprocessor,
  type Preprocessor,
  type PreprocessorClass,
  type ResamplingChoice,
  standardResampling,
} from './generic-preprocessor.ts';
export { type LabelStream, type PlannedLabelStream, planLabelStream } from './label-stream.ts';
export { type NormalizeOptions, normalizeModality } from './normalize.ts';
export type { PreparedCase, PreparedTestCase } from './prepared-case.ts';
export {
  preprocessCase,
  preprocessorByName,
  preprocessorFor,
  preprocessTestCase,
  registerPreprocessor,
} from './preprocessor-registry.ts';
export {
  GenericPreprocessor_linearResampling,
  GenericPreprocessor_scale_uint8_to_0_1,
  Preprocessor3DBetterResampling,
  Preprocessor3DDifferentResampling,
  PreprocessorFor2D,
  PreprocessorFor2D_edgeLength512,
  PreprocessorFor2D_edgeLength768,
  PreprocessorFor3D_LeaveOriginalZSpacing,
  PreprocessorFor3D_NoResampling,
} from './preprocessor-variants.ts';
export { requireFinite } from './require-finite.ts';
export {
  type RestoreContext,
  type RestoreOptions,
  type RestoreProperties,
  restoreContext,
} from './restore-geometry.ts';
export {
  type LabelImage,
  labelsAtShape,
  type RestoreLabelsOptions,
  resampleSoftmaxToCropped,
  restoreLabelMap,
  restoreLabels,
  restoreMemory,
} from './restore-labels.ts';
export type { Softmax } from './softmax.ts';
export { softmaxInCropBox } from './softmax-in-crop-box.ts';
export { inverseOrder, permuted, transposeVolume } from './transpose.ts';
export { checkNormalizationV2, type IntensitiesV2 } from './v2/normalize-v2.ts';
export { type PreparedCaseV2, type PreprocessingV2, preprocessV2 } from './v2/preprocess-v2.ts';
export {
  inverseOrientation,
  isIdentity,
  type Orientation,
  orientationToRas,
  reorient,
  reorientArray,
} from './v2/reorient.ts';
export { checkResamplingV2, type ResamplingFunctionV2 } from './v2/resampling-v2.ts';
export { type DecisionV2, planLabelStreamV2, restoreLabelsV2, restoreProbabilitiesV2 } from './v2/restore-v2.ts';
