import { existsSync } from 'node:fs';
import { requirePreparedV2 } from '@nnunet/pipeline/internal';
import { FILE_NAMES, joinPath, preprocessedFolder } from '@nnunet/schema/internal';
import { listCases } from '@nnunet/store';
import type { ExperimentContext } from '../experiment-context.ts';
import { trainedConfigurations } from '../job.ts';
import { hasSameDescription } from '../same-description.ts';
import { unlessUnprepared } from '../unless-unprepared.ts';
import { readPlansV2 } from './dataset-facts.ts';

/**
 * Whether plans and prepared cases are there for every configuration, made from each other and with the present
 * dataset.json, and the references beside them. The raw images themselves are not read.
 */
export async function isDatasetPrepared({
  roots,
  settings,
  extensions,
  facts,
  jobs,
}: ExperimentContext): Promise<boolean> {
  const { task } = settings;
  const plans = await readPlansV2(roots, settings);
  if (plans === null || !(await hasSameDescription(roots, task))) return false;
  const prepared = preprocessedFolder(roots, task);
  return unlessUnprepared(async () => {
    for (const configuration of trainedConfigurations(jobs)) {
      if (!Object.hasOwn(plans.configurations, configuration)) return false;
      const folder = await requirePreparedV2({ prepared, plans, configuration, extensions });
      const references = (await listCases(folder)).map((id) => `${id}${facts.fileEnding}`);
      const there = references.every((name) => existsSync(joinPath(prepared, FILE_NAMES.groundTruth, name)));
      if (!there) return false;
    }
    return true;
  });
}
