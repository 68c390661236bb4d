export { readLabelValues } from './read-volume.ts';
export { writeImageBytes } from './write-volume.ts';
