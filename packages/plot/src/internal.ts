export { colorsOf, cssColor } from './label-colors.ts';
export { renderSlice } from './slice-figure.ts';
