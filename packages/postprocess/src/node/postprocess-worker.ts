import { type PortableError, toPortable } from '@nnunet/errors';
import { type CaseOutcome, type CaseTask, postprocessCase } from './postprocess-case.ts';

/** What a thread answers: errors lose their tag on the way between threads, so they travel as plain data. */
export type WorkerAnswer = { outcome: CaseOutcome } | { error: PortableError };

/** Runs in a worker thread: postprocesses one case. */
export default async function work(task: CaseTask): Promise<WorkerAnswer> {
  try {
    return { outcome: await postprocessCase(task) };
  } catch (error) {
    return { error: toPortable(error) };
  }
}
