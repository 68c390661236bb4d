import { type PortableError, toPortable } from '@nnunet/errors';
import { type CaseTask, runCaseTask } from './case-tasks.ts';

/** Runs in a worker thread: works on one case; null when it went well. */
export default async function work(task: CaseTask): Promise<PortableError | null> {
  try {
    await runCaseTask(task);
    return null;
  } catch (error) {
    return toPortable(error);
  }
}
