export { axisCodes } from './axis-codes.ts';
export {
  compareGrids,
  type GridAgreement,
  type GridComparison,
  type GridRule,
  OTHER_GRID,
  SAME_GRID,
} from './compare-grids.ts';
export { finiteVolume, notFiniteNotice } from './finite-voxels.ts';
export { type FormatReadOptions, formatOf, type ImageFormat, knownExtensions, registerFormat } from './formats.ts';
export { type GridNotice, type GridNoticeRule, gridNotices, type NamedGrid, withOneNote } from './grid-notices.ts';
export { type GridShift, gridShift, shiftInWords } from './grid-shift.ts';
export { gunzipPieces, type Inflate } from './gunzip.ts';
export { type LabelArray, labelArray, type ReadLabels, requireWholeLabels, roundedNotice } from './label-voxels.ts';
export { MAX_SKEW_DEGREES, type StraightAxes, straightAxes } from './nearest-rotation.ts';
export type { NiftiReadOptions } from './nifti-bytes.ts';
export type { ImageGeometry } from './nifti-geometry.ts';
export { readNifti, readNiftiGeometry, readNiftiLabels } from './read-nifti.ts';
export { type GeometryDifference, geometryDifferences, sameGeometry } from './same-geometry.ts';
export { splitNifti4D } from './split-nifti.ts';
export type { Geometry, Triple, Volume } from './volume.ts';
export { niftiPieces, writeNifti, writeNiftiLabels } from './write-nifti.ts';
