export { ERROR_TAGS, type ErrorTag } from './error-tags.ts';
export type { JsonValue } from './json-value.ts';
export { type ErrorDetails, isNnUNetError, NnUNetError, usageError } from './nnunet-error.ts';
export { type EntryKind, type NameAmong, Registry } from './registry.ts';
