export type { NpyHeader } from '../npy-header.ts';
export { NpyFile, openNpy, readNpyFile, writeNpyFile } from './npy-file.ts';
export { readNpzFile, writeNpzFile } from './npz-file.ts';
