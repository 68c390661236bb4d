import type { Job } from './job.ts';
import type { JobContext } from './job-context.ts';
import type { ExperimentSettings } from './settings.ts';

/** The members of the best candidate; null if they are not known yet. */
export function membersOf(job: Job, choice: JobContext['choice']): readonly string[] | null {
  return job.members ?? choice?.best.members ?? null;
}

export function isEnsemble(members: readonly string[]): boolean {
  return members.length > 1;
}

/** The arguments that the settings add to the command of a job. */
export function furtherWords({ kind }: Job, { arguments: words }: ExperimentSettings): string[] {
  return [...(words[kind] ?? []), ...(words.all ?? [])];
}

/** The arguments by which a report shows what was predicted. */
export function reportedPredictions({ prediction }: ExperimentSettings): string[] {
  if (prediction === null) return [];
  const { output, images, references } = prediction;
  return ['--predictions', output, '-i', images, ...(references === null ? [] : ['-ref', references])];
}
