export { readLabels, readVolume } from './read-volume.ts';
