export type { Order } from './axis-kernel.ts';
export type { FloatArray, Shape3 } from './image-shape.ts';
export {
  type ResampleAllOptions,
  type ResampleOptions,
  resampleData,
  resampleDataOrSeg,
  resampleLabels,
} from './resample.ts';
export { resize } from './resize.ts';
export { resizeSegmentation } from './resize-segmentation.ts';
export { ANISOTROPY_THRESHOLD, resampledShape, separateAxis } from './separate-z.ts';
