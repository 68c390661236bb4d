import { isDatasetName } from '@nnunet/schema/internal';
import type { ReportRules } from './report-rules.ts';
import { reportV1 } from './report-v1.ts';
import { reportV2 } from './report-v2.ts';

/** The rules of a task follow from its name. */
export function reportRulesOf(task: string): ReportRules {
  return isDatasetName(task) ? reportV2 : reportV1;
}
