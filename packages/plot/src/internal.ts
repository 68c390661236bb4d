export { colorsOf, cssColor } from './label-colors.ts';
export { png } from './png.ts';
export { renderSlice } from './slice-figure.ts';
