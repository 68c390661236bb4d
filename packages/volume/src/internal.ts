export { OTHER_GRID, shiftInWords } from './compare-grids.ts';
export { finiteVolume, notFiniteNotice } from './finite-voxels.ts';
export { formatOf } from './formats.ts';
export { type GridNotice, type GridNoticeRule, gridNotices, type NamedGrid, withOneNote } from './grid-notices.ts';
export { gunzipPieces, isGzip } from './gunzip.ts';
export { labelArray, requireWholeLabels, roundedNotice } from './label-voxels.ts';
export { straightAxes } from './nearest-rotation.ts';
export { OPTIONAL_EXTENSIONS } from './optional-extensions.ts';
export { type StoredType, storedArrays, storedVoxels, widthOf } from './stored-types.ts';
