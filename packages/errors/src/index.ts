export { type CaseFailure, casesFailed, type FailedOf } from './cases-failed.ts';
export { bytesInWords, counted, secondsInWords } from './in-words.ts';
export { listed } from './listed.ts';
export { nearestNames } from './nearest-names.ts';
export { type ErrorDetails, isNnUNetError, NnUNetError, usageError } from './nnunet-error.ts';
export { fromPortable, type PortableError, toPortable } from './portable-error.ts';
