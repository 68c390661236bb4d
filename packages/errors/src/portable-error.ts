import { isNnUNetError, NnUNetError } from './nnunet-error.ts';

/** An error as plain data: what passes between threads loses its class and its tag. */
export interface PortableError {
  /** Null for an error outside of the family. */
  tag: string | null;
  what: string;
  where?: string;
  remedy?: string;
}

/** An error as plain data that survives the way from a worker thread. */
export function toPortable(error: unknown): PortableError {
  if (!isNnUNetError(error)) return { tag: null, what: error instanceof Error ? error.message : String(error) };
  const { tag, what, where, remedy } = error;
  return { tag, what, where, remedy };
}

/** The error again, with its tag; one outside of the family becomes a plain Error. */
export function fromPortable({ tag, ...details }: PortableError): Error {
  return tag === null ? new Error(details.what) : new NnUNetError(tag, details);
}
