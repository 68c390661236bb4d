import type { Fold } from '@nnunet/schema';

/** A fold of a task, and the folders that it is trained and validated in. */
export interface FoldTask {
  /** `<preprocessed>/<TASK>`: holds the stage folders of prepared cases, the references and splits_final.json. */
  preprocessedFolder: string;
  /** `<results>/nnUNet/<CONFIG>/<TASK>/<TRAINER>__<PLANS>`; the fold's folder is in it. */
  modelFolder: string;
  task: string;
  fold: Fold;
  /** Folder of `<case>_segFromPrevStage.npz`; needed by a cascade. */
  previousStageFolder?: string;
}
