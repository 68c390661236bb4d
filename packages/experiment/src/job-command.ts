import type { Job } from './job.ts';
import type { JobContext } from './job-context.ts';
import { rulesOfExperiment } from './rules-of-experiment.ts';
import type { JobCommand } from './shell-command.ts';

/**
 * Returns the command of a job by the rules of its task; null if it depends on a comparison that is not done yet. A single
 * best configuration predicts into the output folder itself, the members of an ensemble into folders named after them.
 */
export function commandOf(job: Job, context: JobContext): JobCommand | null {
  const words = rulesOfExperiment(context.settings.task).words(job, context);
  if (words === null) return null;
  const [program, ...own] = words;
  return { program: program!, arguments: own };
}
