import { isNnUNetError } from '@nnunet/errors';

/** Runs a check of prepared cases; false where they are missing, incomplete or not made from what is there. */
export async function unlessUnprepared(isPrepared: () => Promise<boolean>): Promise<boolean> {
  try {
    return await isPrepared();
  } catch (error) {
    if (isNnUNetError(error, 'missing-file') || isNnUNetError(error, 'unfinished') || isNnUNetError(error, 'stale'))
      return false;
    throw error;
  }
}
