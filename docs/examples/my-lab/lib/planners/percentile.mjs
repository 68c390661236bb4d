import { ExperimentPlanner3D_v21 } from '@nnunet/planner';

/** v1's plans, but for the preprocessor that they name. */
export class PercentilePlanner extends ExperimentPlanner3D_v21 {
  plansIdentifier = 'nnUNetPlans_percentile';
  dataIdentifier = 'nnUNetData_percentile';
  preprocessorName = 'PercentilePreprocessor';
}
