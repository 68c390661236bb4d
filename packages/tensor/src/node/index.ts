export { copyAsOwn, copyFileAtomic } from './copy-file-atomic.ts';
export { fileError } from './file-error.ts';
export { isSameFolder } from './is-same-folder.ts';
export { NpyFile, openNpy, readNpyFile, writeNpyFile } from './npy-file.ts';
export { readNpzFile, writeNpzFile } from './npz-file.ts';
export { readFileBytes, readFully } from './read-file.ts';
export { readTextFile } from './read-text.ts';
export { type FileContent, removeUnfinished, writeFileAtomic } from './write-file-atomic.ts';
