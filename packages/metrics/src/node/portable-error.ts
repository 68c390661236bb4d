import { isNnUNetError, NnUNetError } from '@nnunet/errors';

/** An error as plain data that survives the way between threads. */
export interface PortableError {
  /** Null for an error outside of the project's family. */
  tag: string | null;
  what: string;
  where?: string;
  remedy?: string;
}

export function toPortable(error: unknown): PortableError {
  if (!isNnUNetError(error)) return { tag: null, what: error instanceof Error ? error.message : String(error) };
  const { tag, where, remedy, message } = error;
  const end = remedy === undefined ? message.length : message.length - remedy.length;
  const what = message.slice(where === undefined ? 0 : where.length + 2, end).trimEnd();
  return { tag, what, where, remedy };
}

export function fromPortable({ tag, ...details }: PortableError): Error {
  return tag === null ? new Error(details.what) : new NnUNetError(tag, details);
}
