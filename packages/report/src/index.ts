export type { ReportData } from './report-data.ts';
