export { metricNamed } from './metric-names.ts';
export { usualMetrics } from './metric-registry.ts';
export { caseName, meanDice, meanWithoutNaN, scoredLabels } from './summary.ts';
