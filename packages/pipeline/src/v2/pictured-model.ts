import { dirname } from 'node:path';
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
    const { reader, cases } = await readingOfDataset(dataset, { folder, variables, known });
    const images = dataset.files === null ? null : new Map(cases.map(({ id, images }) => [id, images]));
    return { kind: { ending: dataset.fileEnding, reader }, images };
  },
};
