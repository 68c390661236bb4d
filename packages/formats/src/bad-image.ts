import { NnUNetError } from '@nnunet/errors';

/** An image that cannot be taken as it is. */
export function badImage(where: string, what: string, remedy?: string, cause?: unknown): NnUNetError {
  return new NnUNetError('bad-image', { where, what, remedy, cause });
}
