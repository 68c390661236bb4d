import type { DatasetFault } from '@nnunet/dataset';
import type { PathVariables } from '@nnunet/dataset/node';
import type { Summary } from '@nnunet/metrics';
import type { Roots } from '@nnunet/schema';
import type { DatasetLabels } from '@nnunet/schema/internal';
import type { TrainingState } from '@nnunet/trainer';
import type { ImageFormats } from '@nnunet/volume';
import type { ModelChoice, TrainedModelFolder } from '../trained-models.ts';
import type { TaskCase } from './case-files.ts';

/** What dataset.json says, in v1's form or in v2's. */
export interface TaskDescription extends DatasetLabels {
  name: string;
  /** Names of the image channels. */
  modalities: string[];
  /** Ending of images and label maps, with the dot. */
  fileEnding: string;
  /** v2's class that reads them; null for tasks of v1. */
  reader: string | null;
  /** Training cases, then test images; each sorted by id. Null without the raw folder. */
  cases: TaskCase[] | null;
}

/** Folders of a task, null where they do not exist. */
export interface TaskFolders {
  raw: string | null;
  preprocessed: string | null;
}

/** What a training left on the disk. */
export interface StoredTraining {
  state: TrainingState;
  /** Whether the settings in the state are those of the training: nnU-Net itself stores none. */
  knowsSettings: boolean;
}

/** Where label maps of a whole cross-validation are, with summary.json beside each; they need not exist. */
export interface CollectedFolders {
  raw: string;
  postprocessed: string;
  /** File of the postprocessing. */
  rule: string;
}

/** How a report reads the files of a task. */
export interface ReadingOptions {
  variables?: PathVariables | undefined;
  /** The built-in formats and the user's own. */
  known: ImageFormats;
}

/** How a report finds and reads what one nnU-Net, v1 or v2, has of a task. */
export interface ReportRules {
  /** As messages call them. */
  name: string;
  /**
   * Reads dataset.json; null if there is none.
   * @param reading `variables`: those that paths in a dataset.json of v2 may name
   * @throws NnUNetError 'bad-dataset-json'
   */
  describe(folders: TaskFolders, reading: ReadingOptions): Promise<TaskDescription | null>;
  /** Checks the files of the raw folder without reading all voxels. */
  verify(
    raw: string,
    options: {
      variables?: PathVariables;
      known: ImageFormats;
      signal?: AbortSignal;
      onProgress: (progress: { done: number; total: number; file: string }) => void;
    },
  ): Promise<readonly DatasetFault[]>;
  /** Names of trainers and plans, for which those of v1 may stand. */
  choiceOf(choice: ModelChoice): ModelChoice;
  /** Finds the models that were trained, or are in training. @throws NnUNetError 'usage' */
  models(roots: Roots, task: string, choice: ModelChoice): Promise<TrainedModelFolder[]>;
  /** The newest checkpoint's state; null if there is none, or if it says nothing of the training. */
  training(foldFolder: string): Promise<StoredTraining | null>;
  /** Name of the folder with the validation of a fold. */
  validation: string;
  /** Reads a summary.json: scores by label values or names of regions, paths of label maps without their file ending. */
  readSummary(file: string, description: TaskDescription | null): Promise<Summary>;
  /** The collected cross-validation of a model; null if there is none. */
  collected(model: TrainedModelFolder): Promise<CollectedFolders | null>;
  /** The ensemble of two models, and its name; null if it was not made. */
  ensemble(
    roots: Roots,
    task: string,
    members: readonly [TrainedModelFolder, TrainedModelFolder],
  ): Promise<(CollectedFolders & { name: string }) | null>;
  /** The command that decides on postprocessing, in words. */
  decides: string;
}
