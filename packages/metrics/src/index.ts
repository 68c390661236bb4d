export { type Confusion, countConfusion, type LabelNumbers, labelsIn } from './confusion.ts';
export { type EvaluateCaseOptions, evaluateCase, type Scores } from './evaluate-case.ts';
export type { JudgedClass } from './judged-classes.ts';
export type { CroppedMasks, LabelComparison } from './label-comparison.ts';
export { type Lesion, type LesionMetric, lesionMetrics } from './lesions.ts';
export { type Metric, type MetricName, type Metrics, shippedMetrics } from './metric-registry.ts';
export { dice, type OverlapMetric, overlapMetrics } from './overlap.ts';
export { regionDice } from './regions.ts';
export type { Regions } from './score-regions.ts';
export { formatScores, type NamesOfLabels } from './score-tables.ts';
export {
  aggregateScores,
  type CaseScores,
  foregroundMean,
  meanScores,
  type ScoredCase,
  type ScoredRegion,
  type Summary,
  type SummaryHeader,
} from './summary.ts';
export { formatSummary, parseSummary, type SummaryFormat } from './summary-json.ts';
export { type SurfaceDistances, type SurfaceMetric, surfaceMetrics } from './surface-distance.ts';
