import { NnUNetError } from '@nnunet/errors';

/** Creates the error for an image that cannot be read. */
export function badImage(where: string, what: string, remedy?: string, cause?: unknown): NnUNetError {
  return new NnUNetError('bad-image', { where, what, remedy, cause });
}
