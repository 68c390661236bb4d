import { join } from 'node:path';
import type { Regions } from '@nnunet/metrics';
import { FILE_NAMES, judgedRegions } from '@nnunet/schema/internal';
import { readPlans } from '@nnunet/store';
import { jsonOrPickleExists } from '@nnunet/store/internal';

/**
 * Returns the regions that the task of a model asks for, by name; undefined if there are none, or no plans.
 *
 * @throws NnUNetError 'bad-json', 'bad-plans' and the errors of v1's pickles
 */
export async function regionsOfModel(modelFolder: string): Promise<Regions | undefined> {
  const file = join(modelFolder, FILE_NAMES.modelPlans);
  return jsonOrPickleExists(file) ? judgedRegions(await readPlans(file)) : undefined;
}
