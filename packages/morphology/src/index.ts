export { type Components, connectedComponents } from './connected-components.ts';
export { ball, close, cross, dilate, erode, open, type StructuringElement } from './dilation.ts';
export { fillHoles } from './fill-holes.ts';
export type { MaskRuns } from './mask-runs.ts';
export { type Box, nonzeroBox } from './nonzero-box.ts';
