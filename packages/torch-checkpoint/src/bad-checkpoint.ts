import { isNnUNetError, NnUNetError } from '@nnunet/errors';

/** A file that is damaged, hostile or no PyTorch checkpoint; tag 'bad-checkpoint'. */
export function badCheckpoint(where: string, what: string, cause?: unknown): NnUNetError {
  return new NnUNetError('bad-checkpoint', {
    where,
    what,
    remedy:
      'Copy the file again, or save it again in Python with torch.save (only state dictionaries and plain values).',
    cause,
  });
}

/** An error of reading a checkpoint as one of this project: 'bad-pickle' and what was not foreseen become 'bad-checkpoint'. */
export function asCheckpointError(cause: unknown, where: string): NnUNetError {
  if (isNnUNetError(cause) && cause.tag !== 'bad-pickle') return cause;
  const message = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
  return badCheckpoint(where, `cannot be read: ${message}`, cause);
}
