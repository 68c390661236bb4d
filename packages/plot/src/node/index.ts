export { svgToPng } from './svg-to-png.ts';
