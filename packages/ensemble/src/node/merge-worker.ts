import { type PortableError, toPortable } from '@nnunet/errors';
import { type MergeTask, mergeCase } from './merge-case.ts';

/** Runs in a worker thread: merges one case; null when it went well. Errors lose their tag between threads. */
export default async function work(task: MergeTask): Promise<PortableError | null> {
  try {
    await mergeCase(task);
    return null;
  } catch (error) {
    return toPortable(error);
  }
}
