import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { modelsIn } from '@nnunet/inference/node/internal';
import { CONFIGURATIONS, type Roots } from '@nnunet/schema';
import { datasetModelsFolder, isDatasetName, resultsFolder } from '@nnunet/schema/internal';
import { resolveTrainedTask } from '@nnunet/store/internal';
import { readTextFile } from '@nnunet/tensor/node/internal';
import { MODEL_CARD } from './model-card.ts';

/** The card of an installed model. */
export interface InstalledCard {
  /** Folder of the model. */
  folder: string;
  /** Markdown. */
  text: string;
}

/**
 * Returns the cards of the models of a task, or of a dataset of nnU-Net v2, that were installed from archives.
 *
 * @param task id or name
 * @throws NnUNetError 'usage', 'unknown-task', 'ambiguous-task'
 */
export async function installedCards(roots: Roots, task: string): Promise<InstalledCard[]> {
  const name = await resolveTrainedTask(task, roots);
  const parents = isDatasetName(name)
    ? [datasetModelsFolder(roots, name)]
    : CONFIGURATIONS.map((configuration) => join(resultsFolder(roots), configuration, name));
  const cards: InstalledCard[] = [];
  for (const parent of parents) {
    for (const model of await modelsIn(parent)) {
      const folder = join(parent, model);
      const file = join(folder, MODEL_CARD.text);
      if (existsSync(file)) cards.push({ folder, text: await readTextFile(file) });
    }
  }
  return cards;
}
