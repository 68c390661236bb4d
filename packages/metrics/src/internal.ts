export { judgedClasses, judgedScores, meanDice, regionsIn } from './judged-classes.ts';
export { metricNamed } from './metric-names.ts';
export { usualMetrics } from './metric-registry.ts';
export { scoreRegions } from './score-regions.ts';
export { meanWithoutNaN, nameOfCase, scoredLabels } from './summary.ts';
export { countAnnotated, withoutIgnored } from './without-ignored.ts';
