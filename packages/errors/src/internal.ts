export { type CaseFailure, casesFailed } from './cases-failed.ts';
export { inShort } from './in-short.ts';
export { bytesInWords, counted, secondsInWords } from './in-words.ts';
export { listed } from './listed.ts';
export { messageOf } from './message-of.ts';
export { nearestNames } from './nearest-names.ts';
export { requireInteger, requireOneOf, requirePositive } from './option-checks.ts';
export { fromPortable, type PortableError, toPortable } from './portable-error.ts';
export { classWith, objectWith } from './registry.ts';
