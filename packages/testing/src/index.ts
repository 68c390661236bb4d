export { findChromium, QUIET_CHROMIUM } from './chromium.ts';
export { isSpokenRightly } from './is-spoken-rightly.ts';
export { mutate, seededNumbers } from './mutate.ts';
export { openFiles } from './open-files.ts';
export { temporaryFolder } from './temporary-folder.ts';
export { type TinyPlansOptions, tinyPlans } from './tiny-plans.ts';
export { type ArchiveEntry, zipArchive } from './zip-archive.ts';
