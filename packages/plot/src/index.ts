export { LABEL_COLORS, type Rgb } from './label-colors.ts';
export { type OverlayOptions, renderOverlay } from './overlay-panel.ts';
export { encodePng, overlayPixels, type Pixels } from './pixels.ts';
export {
  type NumberArray,
  type Slice,
  sliceOfLargestDisagreement,
  sliceWithMostForeground,
  takeSlice,
} from './slice.ts';
export { renderTrainingCurves, type TrainingCurves, type TrainingCurvesOptions } from './training-curves.ts';
export { renderUNets, type UNetDiagram, type UNetLevel } from './unet-diagram.ts';
