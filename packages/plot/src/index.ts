export { renderSheet } from './figure-sheet.ts';
export { type IntervalChart, renderIntervals } from './interval-chart.ts';
export { LABEL_COLORS, type Rgb } from './label-colors.ts';
export { type LineChart, renderLines } from './line-chart.ts';
export { type OverlayOptions, renderOverlay } from './overlay-panel.ts';
export { encodePng, overlayPixels, type Pixels } from './pixels.ts';
export {
  type NumberArray,
  type Slice,
  sliceOfLargestDisagreement,
  sliceWithMostForeground,
  takeSlice,
} from './slice.ts';
export { renderStrips, type StripChart, type StripPoint } from './strip-chart.ts';
export { renderTrainingCurves, type TrainingCurves, type TrainingCurvesOptions } from './training-curves.ts';
export { renderUNets, type UNetDiagram, type UNetLevel } from './unet-diagram.ts';
