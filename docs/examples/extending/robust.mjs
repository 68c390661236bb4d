import { ExperimentPlanner3D_v21 } from '@nnunet/planner';

/** A robust z-score: the median becomes 0, and the middle half of the voxels is 1 wide. */
export const robust = {
  name: 'robust',
  // image: (z, y, x), changed in place; mask: below 0 outside the nonzero region.
  normalize(image, { mask, useMask }) {
    const inside = (useMask ? image.filter((_, i) => mask[i] >= 0) : image.slice()).sort();
    const at = (share) => inside[Math.round(share * (inside.length - 1))];
    const middle = at(0.5);
    const width = Math.max(at(0.75) - at(0.25), 1e-8);
    for (let i = 0; i < image.length; i++) image[i] = useMask && mask[i] < 0 ? 0 : (image[i] - middle) / width;
  },
};

/** v1's plans, with this scheme for every modality. */
export class RobustPlanner extends ExperimentPlanner3D_v21 {
  plansIdentifier = 'nnUNetPlans_robust';
  dataIdentifier = 'nnUNetData_robust';

  normalizationSchemes() {
    return Object.fromEntries(Object.keys(this.fingerprint.modalities).map((channel) => [channel, 'robust']));
  }
}
