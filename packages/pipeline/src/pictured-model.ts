import type { Roots } from '@nnunet/schema';
import { type DatasetLabels, foldFolderName, joinPath, modelFolder, parseFold } from '@nnunet/schema/internal';
import { readDatasetDescription } from '@nnunet/store';

/** A fold whose validation cases are drawn. */
export interface PicturedModel {
  roots: Roots;
  /** Its whole name. */
  task: string;
  configuration: string;
  trainer: string;
  plansIdentifier: string;
  fold: string;
  /** v1's name of the folder. */
  validationFolder: string;
}

/** How one nnU-Net, v1 or v2, keeps what its validation predicted. */
export interface ValidationRules {
  /** Reads what a dataset.json says of labels. */
  readLabels(file: string): Promise<DatasetLabels>;
  /** The folder with the predictions of a fold. */
  folder(fold: PicturedModel): string;
}

export const validationV1: ValidationRules = {
  readLabels: readDatasetDescription,
  folder({ roots, task, configuration, trainer, plansIdentifier: plans, fold, validationFolder }) {
    const model = modelFolder(roots, { configuration, task, trainer, plans });
    return joinPath(model, foldFolderName(parseFold(fold)), validationFolder);
  },
};
