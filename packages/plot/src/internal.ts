export { colorsOf, cssColor } from './label-colors.ts';
export { renderPanel } from './panel.ts';
export { extent } from './pixels.ts';
