import { bytesInWords, secondsInWords } from '@nnunet/errors/internal';
import type { Experiment } from '@nnunet/experiment';
import { estimateJobs, type JobEstimate, readEstimateFacts } from '@nnunet/experiment/estimates';
import { usableProcessors } from '@nnunet/threads/node/internal';

/** Estimates the jobs of an experiment, when `atOnce` of them share the machine. */
export async function estimatesOf(experiment: Experiment, atOnce = 1): Promise<Map<string, JobEstimate>> {
  const { roots, settings, extensions, jobs } = experiment;
  const threads = Math.max(1, Math.floor(usableProcessors() / atOnce));
  return estimateJobs(jobs, settings, await readEstimateFacts(roots, settings, { extensions, threads }));
}

/** Time and memory in words, for example 'about 2 h, 3.1 GB'. */
export function estimateInWords({ seconds, memory }: JobEstimate): string {
  const time = seconds === null ? 'time unknown on this device' : `about ${secondsInWords(seconds)}`;
  return `${time}, ${bytesInWords(memory)}`;
}
