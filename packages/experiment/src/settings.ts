import type { Fold } from '@nnunet/schema';
import type { JobKind } from './job.ts';

/** What an experiment is made from. Everything that follows is derived from it and from the task's files. */
export interface ExperimentSettings {
  /** Name of the task, for example 'Task501_Liver', or of the dataset of nnU-Net v2, 'Dataset501_Liver'. */
  task: string;
  /** Tells experiments of the same task apart; names their folder. */
  name: string;
  /** Configurations to train and compare. null: those that are planned. */
  configurations: readonly string[] | null;
  /** Folds to train. null: all folds of the cross-validation. */
  folds: readonly Fold[] | null;
  trainer: string;
  /** Of v2: the same as `trainer`. */
  cascadeTrainer: string;
  plansIdentifier: string;
  /** What is predicted with the best configuration; null: nothing. */
  prediction: PredictionSettings | null;
  /** Further arguments of the commands by kind of job, as they are typed; `all`: of every command, for example --root. */
  arguments: Readonly<Partial<Record<JobKind | 'all', readonly string[]>>>;
  /** Options of sbatch by kind of job, in one line as they are typed; `all`: of every job. */
  sbatch: Readonly<Partial<Record<JobKind | 'all', string>>>;
}

/** Images to predict at the end of an experiment. Paths are absolute. */
export interface PredictionSettings {
  images: string;
  /** Folder for the label maps. */
  output: string;
  /** Folder of reference label maps to score against; null: no scores. */
  references: string | null;
  /** Number of jobs that share the images of a configuration. */
  parts: number;
}

/** What the files of a task say about its experiment. */
export interface TaskFacts {
  /** Folds of the cross-validation. */
  folds: readonly number[];
  /** Number of training cases that are still to be divided into these folds; null if that is done. */
  undivided: number | null;
  /** Configurations that the plans contain; null if the task is not planned yet. */
  planned: readonly string[] | null;
  /** Foreground labels. */
  labels: readonly number[];
  /** Second stages of cascades with their first stages, by the plans. Default: the usual ones of the task's rules. */
  firstStages?: Readonly<Record<string, string>>;
  /** Ending of images and label maps, with the dot. Default: '.nii.gz'. */
  fileEnding?: string;
}
