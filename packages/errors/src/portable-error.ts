import type { ErrorTag } from './error-tags.ts';
import { isNnUNetError, NnUNetError } from './nnunet-error.ts';

/** An error as plain data: errors lose their class and tag when sent between threads. */
export interface PortableError {
  /** Null for other errors. */
  tag: ErrorTag | null;
  what: string;
  where?: string;
  remedy?: string;
  /** Stack trace of other errors. */
  stack?: string;
}

/** Converts an error to plain data that can be sent between threads. */
export function toPortable(error: unknown): PortableError {
  if (!isNnUNetError(error)) {
    return error instanceof Error
      ? { tag: null, what: error.message, stack: error.stack }
      : { tag: null, what: String(error) };
  }
  const { tag, what, where, remedy } = error;
  return { tag, what, where, remedy };
}

/** Restores an error with its tag; other errors become a plain Error with their stack. */
export function fromPortable({ tag, stack, ...details }: PortableError): Error {
  if (tag !== null) return new NnUNetError(tag, details);
  const error = new Error(details.what);
  if (stack !== undefined) error.stack = stack;
  return error;
}
