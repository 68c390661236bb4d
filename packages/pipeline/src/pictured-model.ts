import type { PathVariables } from '@nnunet/dataset/node';
import type { Roots } from '@nnunet/schema';
import { type DatasetLabels, foldFolderName, joinPath, modelFolder, parseFold } from '@nnunet/schema/internal';
import { readDatasetDescription } from '@nnunet/store';
import type { ImageFormats } from '@nnunet/volume';
import type { KindOfFiles } from './case-files.ts';

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
  /** The files of the raw data set, if they are not `imagesTr/<case>_0000.nii.gz`. */
  files(description: FoundDescription): Promise<PicturedFiles>;
}

/** Where the dataset.json of a task was found. */
export interface FoundDescription {
  /** Its path. */
  file: string;
  /** Folder of the raw data set; null if it is not available. */
  raw: string | null;
  /** Variables that paths in a dataset.json of v2 may name. */
  variables?: PathVariables | undefined;
  formats: ImageFormats;
}

/** What is known of the files of a data set. */
export interface PicturedFiles {
  kind: KindOfFiles;
  /** Images of the training cases, by case, in the order of their channels; null if their folder tells. */
  images: ReadonlyMap<string, readonly string[]> | null;
}

export const validationV1: ValidationRules = {
  readLabels: readDatasetDescription,
  folder({ roots, task, configuration, trainer, plansIdentifier: plans, fold, validationFolder }) {
    const model = modelFolder(roots, { configuration, task, trainer, plans });
    return joinPath(model, foldFolderName(parseFold(fold)), validationFolder);
  },
  files: async () => ({ kind: {}, images: null }),
};
