export { type AxisKernel, axisKernel, type Order } from './axis-kernel.ts';
export type { FloatArray, Shape3 } from './image-shape.ts';
export { LinearTiles, type TileBound, type TileBox } from './linear-tiles.ts';
export { PlaneStream } from './plane-stream.ts';
export {
  kernelsOf,
  type ResampleAllOptions,
  type ResampleOptions,
  resampleData,
  resampleDataOrSeg,
  resampleLabels,
} from './resample.ts';
export { ResampledPlanes } from './resampled-planes.ts';
export { type ResizeSlabsOptions, resize, resizeSlabs, type SlabSink } from './resize.ts';
export { resizeSegmentation } from './resize-segmentation.ts';
export { ANISOTROPY_THRESHOLD, resampledShape, roundHalfEven, separateAxis } from './separate-z.ts';
export type { Bounds } from './value-bounds.ts';
