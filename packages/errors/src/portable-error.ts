import type { ErrorTag } from './error-tags.ts';
import { isNnUNetError, NnUNetError } from './nnunet-error.ts';

/** An error as plain data: what passes between threads loses its class and its tag. */
export interface PortableError {
  /** Null for an error outside of the family. */
  tag: ErrorTag | null;
  what: string;
  where?: string;
  remedy?: string;
  /** Of an error outside of the family: where it was thrown. */
  stack?: string;
}

/** An error as plain data that survives the way from a worker thread. */
export function toPortable(error: unknown): PortableError {
  if (!isNnUNetError(error)) {
    return error instanceof Error
      ? { tag: null, what: error.message, stack: error.stack }
      : { tag: null, what: String(error) };
  }
  const { tag, what, where, remedy } = error;
  return { tag, what, where, remedy };
}

/** The error again, with its tag; one outside of the family becomes a plain Error with its stack. */
export function fromPortable({ tag, stack, ...details }: PortableError): Error {
  if (tag !== null) return new NnUNetError(tag, details);
  const error = new Error(details.what);
  if (stack !== undefined) error.stack = stack;
  return error;
}
