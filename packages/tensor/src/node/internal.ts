export { copyAsOwn, copyFileAtomic } from './copy-file-atomic.ts';
export { fileError } from './file-error.ts';
export { isSameFolder } from './is-same-folder.ts';
export { readFileBytes, readFully, readTextFile } from './read-file.ts';
export { removeUnfinished, writeFileAtomic } from './write-file-atomic.ts';
