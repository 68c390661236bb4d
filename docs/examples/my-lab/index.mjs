export { IsotropicPlanner } from './lib/planners/isotropic.mjs';
export { PercentilePlanner } from './lib/planners/percentile.mjs';
export { PercentilePreprocessor } from './lib/preprocessors/percentile.mjs';
