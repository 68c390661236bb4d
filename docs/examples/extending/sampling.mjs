import { nnUNetTrainerV2 } from '@nnunet/trainer';

/** Five times as many patches from one case, none from another, and the small class 2 three times as often as 1. */
export class WeightedTrainer extends nnUNetTrainerV2 {
  recipe(batchSize) {
    const sampling = { caseWeights: { case_1: 5, case_3: 0 }, classWeights: { 2: 3 } };
    return { ...super.recipe(batchSize), sampling };
  }
}
