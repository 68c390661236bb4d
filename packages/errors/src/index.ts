export { listed } from './listed.ts';
export { type ErrorDetails, isNnUNetError, NnUNetError, usageError } from './nnunet-error.ts';
export { fromPortable, type PortableError, toPortable } from './portable-error.ts';
