export { type ErrorDetails, isNnUNetError, NnUNetError, usageError } from './nnunet-error.ts';
