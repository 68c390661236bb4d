export type { Geometry, Triple, Volume } from './volume.ts';
