import type { TrainModelOptions, TrainModelResult } from './train-task.ts';
import type { TrainDatasetOptions } from './v2/train-dataset.ts';

/** How the rules of one nnU-Net, v1 or v2, train a fold, by the options of the commands of either. */
export interface FoldRules {
  /** By the options of nnUNet_train. */
  train(options: TrainModelOptions): Promise<TrainModelResult>;
  /** By the options of nnUNetv2_train. */
  trainDataset(options: TrainDatasetOptions): Promise<TrainModelResult>;
}
