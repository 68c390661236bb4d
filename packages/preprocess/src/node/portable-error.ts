import { isNnUNetError, NnUNetError } from '@nnunet/errors';

/** An error as plain data: a thread cannot hand over its class and tag. */
export interface PortableError {
  tag: string | null;
  message: string;
}

export function toPortable(error: unknown): PortableError {
  const message = error instanceof Error ? error.message : String(error);
  return { tag: isNnUNetError(error) ? error.tag : null, message };
}

/** The error again, with the case named. */
export function caseError(id: string, { tag, message }: PortableError): NnUNetError {
  const what = message.startsWith(`${id}: `) ? message : `case ${id}: ${message}`;
  return new NnUNetError(tag ?? 'case-failed', { what });
}
