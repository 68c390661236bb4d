export { copyAsOwn, copyFileAtomic } from './copy-file-atomic.ts';
export { fileError } from './file-error.ts';
export { isSameFolder } from './is-same-folder.ts';
export { readFileBytes, readFully } from './read-file.ts';
export { readTextFile } from './read-text.ts';
export { removeUnfinished, writeFileAtomic } from './write-file-atomic.ts';
