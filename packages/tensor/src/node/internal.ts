export { copyAsOwn, copyFileAtomic } from './copy-file-atomic.ts';
export { fileError, folderError } from './file-error.ts';
export { filesIn, isFolder, isSamePath, namesIn, replaceFolder, requireWritable, stemsIn } from './folders.ts';
export { readFileBytes, readFully, readTextFile } from './read-file.ts';
export { readSafetensorsHead } from './safetensors-file.ts';
export { removeUnfinished, writeFileAtomic } from './write-file-atomic.ts';
