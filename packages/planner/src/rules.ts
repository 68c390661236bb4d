export { type LowresInput, planLowres } from './lowres.ts';
export { chooseMaskForNormalization, chooseNormalization } from './normalization.ts';
export { anisotropicTargetSpacing, percentileSpacing } from './target-spacing.ts';
export { poolBySpacing } from './topology.ts';
export { poolLate } from './topology-pool-late.ts';
