export { type ClassV2, classesV2, classKeyV2, classOfKeyV2 } from './v2/class-keys.ts';
export { type ScoredClassesV2, type ScoresV2, scoreClassesV2 } from './v2/score-classes.ts';
export {
  type CaseScoresV2,
  foregroundDiceV2,
  formatSummaryV2,
  meansForPython,
  parseSummaryV2,
  type SummaryV2,
  summaryV2,
} from './v2/summary-v2.ts';
