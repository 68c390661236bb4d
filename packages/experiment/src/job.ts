import type { Fold } from '@nnunet/schema';

/** The stages of an experiment, in their order. */
export const JOB_KINDS = [
  'prepare',
  'train',
  'choose',
  'predict',
  'merge',
  'postprocess',
  'evaluate',
  'report',
] as const;
export type JobKind = (typeof JOB_KINDS)[number];

/** One command of an experiment. Plain data: a graph of jobs can be printed, drawn and compared without running it. */
export interface Job {
  /** Unique, also as a file name: 'train-3d_fullres-fold_0'. */
  id: string;
  kind: JobKind;
  /** Ids of the jobs that must be done first. */
  after: readonly string[];
  /** Jobs of one array are alike except for their index, and a scheduler can be given them at once. */
  array: { name: string; index: number };
  /** Of trainings and predictions. */
  configuration?: string;
  /** Of trainings and predictions of a cascade: the configuration whose label maps are its input. */
  firstStage?: string;
  /** Of trainings. */
  fold?: Fold;
  /** Of trainings: also save the probabilities of the validation cases, because ensembles are compared. */
  probabilities?: boolean;
  /** Of the preparation: what is trained; of the comparison: what is compared. Missing if that depends on the plans. */
  configurations?: readonly string[];
  /** Of the comparison: the folds to score. Of predictions: the folds to average. */
  folds?: readonly Fold[];
  /** Of predictions: number of the part, from 0. */
  part?: number;
  /** Of predictions: the configuration that predicts, if there is nothing to choose from. */
  members?: readonly string[];
  /** Of predictions and the ensemble: a job of its own postprocesses the label maps. */
  postprocessed?: boolean;
  /** Of the scores: labels to score. */
  labels?: readonly number[];
  /**
   * Configurations one of which must be a member of the best candidate for the job to be needed; unknown until the
   * comparison is done.
   */
  onlyFor?: readonly string[];
  /** The job is not needed if the plans lack its configuration. */
  onlyIfPlanned?: boolean;
}

/** The configurations that the jobs of an experiment train. */
export function trainedConfigurations(jobs: readonly Job[]): Set<string> {
  return new Set(jobs.flatMap(({ kind, configuration }) => (kind === 'train' ? [configuration!] : [])));
}
