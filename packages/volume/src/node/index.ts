export { gunzipNode } from './gunzip-node.ts';
export { readGeometry, readLabels, readLabelValues, readVolume } from './read-volume.ts';
export { splitNiftiFile, writeImageBytes, writeLabels, writeVolume } from './write-volume.ts';
