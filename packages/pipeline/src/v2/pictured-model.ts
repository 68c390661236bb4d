import { dirname } from 'node:path';
import { rawCasesV2 } from '@nnunet/dataset/node';
import { datasetLabelsV2, datasetModelFolder, FILE_NAMES, joinPath, parseFold } from '@nnunet/schema/internal';
import { readDatasetV2 } from '@nnunet/store/internal';
import { NAMES_V2 } from '@nnunet/trainer/node/internal';
import type { ValidationRules } from '../pictured-model.ts';
import { readingOfDataset } from './raw-dataset.ts';
import { plansNameV2, trainerNameV2 } from './usual-names.ts';

/** v1's usual names of trainer, plans and folder stand for v2's. */
export const validationV2: ValidationRules = {
  async readLabels(file) {
    return datasetLabelsV2(await readDatasetV2(file));
  },
  folder({ roots, task, configuration, trainer, plansIdentifier, fold, validationFolder }) {
    const [own, plans] = [trainerNameV2(trainer), plansNameV2(plansIdentifier)];
    const model = datasetModelFolder(roots, { task, trainer: own, plans, configuration });
    const name = validationFolder === FILE_NAMES.validation ? FILE_NAMES.validationV2 : validationFolder;
    return joinPath(model, NAMES_V2.folder(parseFold(fold)), name);
  },
  async files({ file, raw, variables, formats: known }) {
    const dataset = await readDatasetV2(file);
    const folder = raw ?? dirname(file);
    const { reader } = await readingOfDataset(dataset, { folder, variables, known });
    const listed = dataset.files === null ? null : await rawCasesV2(folder, dataset, variables);
    const images = listed && new Map(listed.map((one) => [one.id, one.images]));
    return { kind: { ending: dataset.fileEnding, reader }, images };
  },
};
