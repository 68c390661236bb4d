import { isNnUNetError, NnUNetError } from '@nnunet/errors';

/** An error as plain data that survives the way between threads. */
export interface PortableError {
  /** Null for an error outside of the project's family. */
  tag: string | null;
  message: string;
}

export function toPortable(error: unknown): PortableError {
  const message = error instanceof Error ? error.message : String(error);
  return { tag: isNnUNetError(error) ? error.tag : null, message };
}

/** The error again; its message holds place and remedy already. */
export function fromPortable({ tag, message }: PortableError): Error {
  return tag === null ? new Error(message) : new NnUNetError(tag, { what: message });
}
