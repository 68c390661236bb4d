export { geometryOfCase } from './case-geometry.ts';
export { planLabelStream } from './label-stream.ts';
export { modulesOf, shippedLookup } from './preprocessor-registry.ts';
export { requireFinite } from './require-finite.ts';
export { labelsAtShape, restoreLabelMap } from './restore-labels.ts';
export { inverseOrder, permuted, transposeVolume } from './transpose.ts';
export { AS_IS, asReadByV2, type ImageV2, labelledAsReadByV2, ownReaderV2, reorientsV2 } from './v2/as-read-by-v2.ts';
export { schemesV2 } from './v2/normalize-v2.ts';
export { preprocessingOfPlansV2 } from './v2/plans-settings-v2.ts';
export {
  cropCaseV2,
  type IntensitiesV2,
  type PreprocessingV2,
  preprocessForTrainingV2,
  preprocessV2,
} from './v2/preprocess-v2.ts';
export {
  inverseOrientation,
  keepsOrientation,
  type Orientation,
  orientationToRas,
  reorient,
  reorientArray,
} from './v2/reorient.ts';
export { checkResamplingV2, type ResamplingFunctionV2, resamplingV2 } from './v2/resampling-v2.ts';
export { type DecisionV2, labelsAtSizeV2, planLabelStreamV2, restoreProbabilitiesV2 } from './v2/restore-v2.ts';
