import { isNnUNetError } from '@nnunet/errors';
import { checkStage } from '@nnunet/pipeline/internal';
import { croppedFolder, preprocessedFolder } from '@nnunet/schema/internal';
import { readPlans } from '@nnunet/store';
import type { ExperimentContext } from './experiment-context.ts';
import { hasSameDescription } from './same-description.ts';
import { plansFileOf } from './task-facts.ts';

/**
 * Whether plans and prepared cases are there for every configuration, made from each other and with the present
 * dataset.json. The raw images themselves are not read.
 */
export async function isTaskPrepared({ roots, settings, facts, jobs }: ExperimentContext): Promise<boolean> {
  const wanted = new Set(jobs.flatMap(({ kind, configuration }) => (kind === 'train' ? [configuration!] : [])));
  const dimensions = (['2D', '3D'] as const).filter((d) => [...wanted].some((c) => (c === '2d') === (d === '2D')));
  if (settings.configurations === null && facts.planned === null) return false;
  const folder = preprocessedFolder(roots, settings.task);
  const cropped = roots.rawBase === null ? null : croppedFolder(roots, settings.task);
  if (!(await hasSameDescription(roots, settings.task))) return false;
  try {
    for (const dimension of dimensions) {
      const plans = await readPlans(plansFileOf(roots, settings, dimension));
      for (const stage of Object.keys(plans.plans_per_stage).map(Number))
        await checkStage(plans, stage, folder, cropped);
    }
    return true;
  } catch (error) {
    if (isNnUNetError(error, 'missing-file') || isNnUNetError(error, 'unfinished') || isNnUNetError(error, 'stale'))
      return false;
    throw error;
  }
}
