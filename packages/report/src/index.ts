export { type CollectReportOptions, collectReport } from './collect-report.ts';
export { type CreateReportOptions, createReport } from './create-report.ts';
export { renderReport } from './page/render-report.ts';
export type {
  CandidateEntry,
  CaseEntry,
  DatasetCase,
  DatasetSection,
  FoldEntry,
  LabelEntry,
  Picture,
  PlansSection,
  PredictedCase,
  PredictionSection,
  ReportData,
  ScoresSection,
  TrainingSection,
  VolumeEntry,
} from './report-data.ts';
export { writeReport } from './write-report.ts';
