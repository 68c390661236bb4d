import { ExperimentPlanner3D_v21 } from '@nnunet/planner';

/** v1's plans with half of the features: a quarter of the weights. */
export class SmallPlanner extends ExperimentPlanner3D_v21 {
  plansIdentifier = 'nnUNetPlans_small';
  baseFeatures = 16;
}
