/**
 * Version of the documents that commands write with --json. It rises when a field is removed or changes its meaning, not
 * when one is added.
 */
export const DOCUMENT_VERSION = 1;
