export { readGeometry, readLabels, readVolume } from './read-volume.ts';
export { splitNiftiFile, writeLabels, writeVolume } from './write-volume.ts';
