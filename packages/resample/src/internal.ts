export { LinearTiles, type TileBound } from './linear-tiles.ts';
export { interpolateLabelSlices } from './resample.ts';
export { ResampledPlanes } from './resampled-planes.ts';
export { uniqueValues } from './resize-segmentation.ts';
export type { Bounds } from './value-bounds.ts';
