import type { TrainOptions, TrainOptionsV2 } from '@nnunet/trainer/node';
import type { TrainModelOptions, TrainModelResult } from './train-task.ts';
import type { TrainDatasetOptions } from './v2/train-dataset.ts';

/** A fold with everything found that its training needs. */
export type PlannedFold = TrainOptions | TrainOptionsV2;

/** How the rules of one nnU-Net, v1 or v2, train a fold, by the options of the commands of either. */
export interface FoldRules {
  /** By the options of nnUNet_train. */
  train(options: TrainModelOptions): Promise<TrainModelResult>;
  /** Checks them and finds what they name; nothing is written. */
  plan(options: TrainModelOptions): Promise<PlannedFold>;
  /** By the options of nnUNetv2_train. */
  trainDataset(options: TrainDatasetOptions): Promise<TrainModelResult>;
  planDataset(options: TrainDatasetOptions): Promise<PlannedFold>;
}
