export { type Confusion, countConfusion, type LabelArray, labelsIn } from './confusion.ts';
export { squaredDistanceTransform } from './distance-transform.ts';
export { type EvaluateCaseOptions, evaluateCase, type Scores } from './evaluate-case.ts';
export { dice, type OverlapMetric, overlapMetrics } from './overlap.ts';
export { formatRegionTable, type Regions, regionDice } from './regions.ts';
export {
  aggregateScores,
  type CaseScores,
  foregroundMean,
  meanScores,
  meanWithoutNaN,
  type ScoredCase,
  type Summary,
  type SummaryHeader,
} from './summary.ts';
export { formatSummary, parseSummary, type SummaryFormat } from './summary-json.ts';
export {
  type SurfaceDistances,
  type SurfaceInput,
  type SurfaceMetric,
  surfaceDistances,
  surfaceMetrics,
  surfaceOf,
} from './surface-distance.ts';
