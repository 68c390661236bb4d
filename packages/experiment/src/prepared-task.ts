import { checkStage } from '@nnunet/pipeline/internal';
import { croppedFolder, preprocessedFolder } from '@nnunet/schema/internal';
import { readPlans } from '@nnunet/store';
import type { ExperimentContext } from './experiment-context.ts';
import { trainedConfigurations } from './job.ts';
import { hasSameDescription } from './same-description.ts';
import { plansFileOf } from './task-facts.ts';
import { unlessUnprepared } from './unless-unprepared.ts';

/**
 * Whether plans and prepared cases are there for every configuration, made from each other and with the present
 * dataset.json. The raw images themselves are not read.
 */
export async function isTaskPrepared({ roots, settings, facts, jobs }: ExperimentContext): Promise<boolean> {
  const wanted = [...trainedConfigurations(jobs)];
  const dimensions = (['2D', '3D'] as const).filter((d) => wanted.some((c) => (c === '2d') === (d === '2D')));
  if (settings.configurations === null && facts.planned === null) return false;
  const folder = preprocessedFolder(roots, settings.task);
  const cropped = roots.rawBase === null ? null : croppedFolder(roots, settings.task);
  if (!(await hasSameDescription(roots, settings.task))) return false;
  return unlessUnprepared(async () => {
    for (const dimension of dimensions) {
      const plans = await readPlans(plansFileOf(roots, settings, dimension));
      for (const stage of Object.keys(plans.plans_per_stage).map(Number))
        await checkStage(plans, stage, folder, cropped);
    }
    return true;
  });
}
