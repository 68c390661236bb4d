import { ExperimentPlanner3D_v21 } from '@nnunet/planner';

/** Resamples to cubes with the volume of the median voxel, and starts with 24 features. */
export class IsotropicPlanner extends ExperimentPlanner3D_v21 {
  plansIdentifier = 'nnUNetPlans_isotropic';
  dataIdentifier = 'nnUNetData_isotropic';
  baseFeatures = 24;
  /** The memory reference grows with the features: keep v1's for 32. */
  memoryReference() {
    return 554_666_667;
  }

  /** mm, (z, y, x) */
  targetSpacing() {
    const [z, y, x] = super.targetSpacing();
    const edge = Math.cbrt(z * y * x);
    return [edge, edge, edge];
  }
}
