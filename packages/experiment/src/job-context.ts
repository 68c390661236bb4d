import type { Choice } from '@nnunet/ensemble/node';
import type { ExperimentSettings } from './settings.ts';

/** What the command of a job follows from, besides the job. */
export interface JobContext {
  settings: ExperimentSettings;
  /** The best candidate of the comparison; null if it is not done yet. */
  choice: { best: Pick<Choice['best'], 'members' | 'postprocessingFile'> } | null;
  /** File for the report. */
  reportFile: string;
}
