export { type Components, connectedComponents } from './connected-components.ts';
export { close, dilate, erode, open } from './dilation.ts';
export { fillHoles } from './fill-holes.ts';
export type { MaskRuns } from './mask-runs.ts';
export { type Box, nonzeroBox } from './nonzero-box.ts';
export { ball, cross, type StructuringElement } from './structuring-element.ts';
