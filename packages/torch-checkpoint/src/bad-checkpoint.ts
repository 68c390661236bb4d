import { isNnUNetError, NnUNetError } from '@nnunet/errors';

/** Creates the error for a file that is damaged, malicious or not a PyTorch checkpoint; tag 'bad-checkpoint'. */
export function badCheckpoint(where: string, what: string, cause?: unknown): NnUNetError {
  return new NnUNetError('bad-checkpoint', {
    where,
    what,
    remedy:
      'Copy the file again, or save it again in Python with torch.save (only state dictionaries and plain values).',
    cause,
  });
}

/** Converts an error from reading a checkpoint: 'bad-pickle' and unexpected errors become 'bad-checkpoint'. */
export function asCheckpointError(cause: unknown, where: string): NnUNetError {
  if (isNnUNetError(cause) && cause.tag !== 'bad-pickle') return cause;
  const message = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
  return badCheckpoint(where, `cannot be read: ${message}`, cause);
}
