export type { Inflate } from './gunzip.ts';
export type { NiftiReadOptions } from './nifti-bytes.ts';
export type { ImageGeometry } from './nifti-geometry.ts';
export type { LabelArray } from './nifti-voxels.ts';
export { readNifti, readNiftiLabels } from './read-nifti.ts';
export { type GeometryDifference, geometryDifferences, sameGeometry } from './same-geometry.ts';
export type { Geometry, Triple, Volume } from './volume.ts';
