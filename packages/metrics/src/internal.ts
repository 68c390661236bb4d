export { metricNamed } from './metric-names.ts';
export { usualMetrics } from './metric-registry.ts';
export { meanDice, meanWithoutNaN, nameOfCase, scoredLabels } from './summary.ts';
export { countAnnotated, withoutIgnored } from './without-ignored.ts';
