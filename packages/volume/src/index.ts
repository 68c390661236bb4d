export { axisCodes } from './axis-codes.ts';
export {
  compareGrids,
  type GeometryDifference,
  type GridAgreement,
  type GridComparison,
  type GridRule,
  type GridShift,
  gridShift,
  sameGeometry,
} from './compare-grids.ts';
export { finiteVolume } from './finite-voxels.ts';
export {
  type FormatReadOptions,
  type ImageFormat,
  type ImageFormats,
  type ImageHeader,
  shippedFormats,
} from './formats.ts';
export type { Inflate } from './gunzip.ts';
export type { LabelArray } from './label-voxels.ts';
export type { NiftiReadOptions } from './nifti-bytes.ts';
export type { ImageGeometry } from './nifti-geometry.ts';
export { readNifti, readNiftiGeometry, readNiftiLabels } from './read-nifti.ts';
export { splitNifti4D } from './split-nifti.ts';
export type { Geometry, Triple, Volume } from './volume.ts';
export { writeNifti, writeNiftiLabels } from './write-nifti.ts';
