import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { nearestNames } from '@nnunet/errors/internal';
import { modelsIn } from '@nnunet/inference/node/internal';
import type { ModelName, Roots } from '@nnunet/schema';
import { modelFolder } from '@nnunet/schema/internal';
import { shippedTrainers } from '@nnunet/trainer';

/**
 * Returns the folder of a trained model.
 *
 * @throws NnUNetError 'missing-folder' naming similar models of the configuration and task, or else similar trainers
 */
export async function trainedModelFolder(roots: Roots, name: ModelName): Promise<string> {
  const folder = modelFolder(roots, name);
  if (existsSync(folder)) return folder;
  const check = 'Check `task`, `configuration`, `trainer` and `plansIdentifier`, and train the model or copy it there.';
  const beside = await modelsIn(dirname(folder));
  const trainers = shippedTrainers.names();
  const remedy =
    beside.length > 0
      ? nearestNames(basename(folder), beside, check)
      : trainers.includes(name.trainer)
        ? check
        : nearestNames(name.trainer, trainers, check);
  throw new NnUNetError('missing-folder', { what: 'this model does not exist', where: folder, remedy });
}
