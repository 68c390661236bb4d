import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { joinPath } from '@nnunet/schema/internal';
import type { ExperimentContext } from './experiment-context.ts';
import { foldFolder } from './experiment-models.ts';
import type { Job } from './job.ts';
import { membersOf } from './job-members.ts';
import { rulesOfExperiment } from './rules-of-experiment.ts';

/**
 * Returns a text that changes with every piece of a job's work that need not be done again: the iterations of a
 * training and its validated cases, the predicted cases.
 */
export async function progressOf(job: Job, context: ExperimentContext): Promise<string> {
  const { roots, settings } = context;
  const { models, results, predictionFolder } = rulesOfExperiment(settings.task);
  const { fileEnding = '.nii.gz' } = context.facts;
  if (job.kind === 'train') {
    const folder = foldFolder({ roots, settings }, job.configuration!, job.fold!);
    for (const kind of ['latest', 'final'] as const) {
      const file = joinPath(folder, models.checkpoint(kind));
      if (!existsSync(file)) continue;
      const { epoch, iterationLosses } = await results.trained(file);
      const validated = await labelMapsIn(joinPath(folder, models.validation), fileEnding);
      return `${epoch}, ${iterationLosses.length}, ${validated}`;
    }
  }
  if (job.kind !== 'predict') return '';
  const members = membersOf(job, context.choice) ?? [];
  return String(await labelMapsIn(predictionFolder(job, settings.prediction!.output, members), fileEnding));
}

async function labelMapsIn(folder: string, ending: string): Promise<number> {
  return (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(ending)).length;
}
