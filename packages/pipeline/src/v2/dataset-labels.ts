import { rawCasesV2 } from '@nnunet/dataset/node';
import { FILE_NAMES, joinPath, rawFolder } from '@nnunet/schema/internal';
import { readDatasetV2 } from '@nnunet/store/internal';
import type { TaskLabels } from '../task-labels.ts';

/**
 * Of a dataset of v2: those in the raw folder, or where dataset.json says.
 * @throws NnUNetError as `readDatasetV2` and `rawCasesV2`
 */
export const datasetLabels: TaskLabels = async (roots, name, variables) => {
  const folder = rawFolder(roots, name);
  const description = await readDatasetV2(joinPath(folder, FILE_NAMES.dataset));
  const cases = await rawCasesV2(folder, description, variables);
  return new Map(cases.map(({ id, labels }) => [id, labels]));
};
