export { filesBeside, readChannels, readHeader, readLabelValues } from './read-volume.ts';
export { writeImageBytes } from './write-volume.ts';
