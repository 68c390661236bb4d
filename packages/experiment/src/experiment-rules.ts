import type { Choice } from '@nnunet/ensemble/node';
import type { Extensions } from '@nnunet/pipeline';
import type { Fold, Roots } from '@nnunet/schema';
import type { TrainingState } from '@nnunet/trainer';
import type { ExperimentContext } from './experiment-context.ts';
import type { Job, JobKind } from './job.ts';
import type { JobContext } from './job-context.ts';
import type { PlannedWorkRules } from './planned-work.ts';
import type { JobResults } from './result-files.ts';
import type { ExperimentSettings, TaskFacts } from './settings.ts';

/** What the checks before an experiment need to know of it. */
export type CheckedExperiment = Pick<ExperimentContext, 'roots' | 'settings' | 'extensions' | 'jobs'>;

/** What jobs follow from, by the rules of one nnU-Net. */
export interface GraphRules {
  /** Those that are compared unless the plans or the user say otherwise, in the order in which equal ones win. */
  configurations: readonly string[];
  /** Those of `configurations` that all plans contain. */
  certain: readonly string[];
  /** Second stages of cascades with their first stages, where the plans do not say it. */
  firstStages: Readonly<Record<string, string>>;
  /** Whether fold 'all' of a cascade needs the numbered folds of its first stage. */
  allNeedsFolds: boolean;
  /** Whether a fold beyond the splits can be trained. */
  trainsBeyond: boolean;
  /** Whether label maps are postprocessed by a job of their own once there is a comparison. */
  postprocesses: boolean;
}

/** What is asked for of plans. */
export interface PlansAsked {
  /** Name of the plans; of v2 also that of a planner. */
  plans?: string | undefined;
  /** Name of a planner of v2. */
  planner?: string | undefined;
  /** Name of the plans in a settings file, which gives way to the others. */
  file?: string | undefined;
  /** Arguments of the command that plans. */
  prepare: readonly string[];
}

/** The plans of an experiment. */
export interface AskedPlans {
  plansIdentifier: string;
  /** Arguments of the command that makes them. */
  prepare: readonly string[];
}

/** Where models are, and their names in settings that name no others. */
export interface ExperimentModels {
  trainer: string;
  /** The plans that are asked for, or the usual ones. @throws NnUNetError 'usage', 'unknown-planner' */
  plans(asked: PlansAsked, extensions: Extensions): AskedPlans;
  /** The trainer of cascades, beside that of the other configurations. @throws NnUNetError 'usage' if it cannot be */
  cascadeTrainer(asked: string | undefined, trainer: string): string;
  /** Folder of a configuration's model. */
  folder(roots: Roots, settings: ExperimentSettings, configuration: string): string;
  /** Name of a fold's folder in it. */
  fold(fold: Fold): string;
  /** Name of the folder with a fold's validation in that. */
  validation: string;
  /** File of a finished model, and of one that is still trained or was extended; names in a fold's folder. */
  checkpoint(kind: 'final' | 'latest'): string;
}

/** What the files of an experiment say about its jobs. */
export interface ResultRules {
  /** Whether plans and prepared cases are there and made from each other. */
  isPrepared(context: ExperimentContext): Promise<boolean>;
  /** Whether a fold is trained as asked, validated, and has written what a cascade waits for. */
  training(job: Job, context: ExperimentContext): Promise<JobResults>;
  /** Reads how far the training of a checkpoint is. */
  trained(file: string): Promise<Pick<TrainingState, 'epoch' | 'iterationLosses'>>;
  /** The last comparison of these models, which may be outdated; null if there is none. */
  readChoice(roots: Roots, settings: ExperimentSettings): Promise<Choice | null>;
  /** Whether a comparison was made from the models that are there. */
  isCurrent(choice: Choice, context: ExperimentContext): Promise<boolean>;
  /** Ids of the images to predict. */
  imageIds(context: ExperimentContext): Promise<string[]>;
  /** Mean foreground Dice of a summary.json. */
  diceIn(summaryFile: string): Promise<number>;
}

/** How experiments on tasks of one nnU-Net, v1 or v2, are planned, run and judged. */
export interface ExperimentRules {
  /** As messages call them: 'nnU-Net v1'. */
  name: string;
  /** Of the jobs that there may be. */
  kinds: readonly JobKind[];
  graph: GraphRules;
  models: ExperimentModels;
  results: ResultRules;
  /** What the plans say of the time and memory of jobs. */
  work: PlannedWorkRules;
  /** Folder of a task's experiments, with a folder for each. */
  experimentsFolder(roots: Roots, task: string): string;
  /** Checks the name of a configuration. @throws NnUNetError 'usage' */
  configuration(name: string): string;
  /** Reads what the files of a task say about its experiment. @throws NnUNetError 'missing-file'; those of damaged files */
  facts(roots: Roots, settings: Pick<ExperimentSettings, 'task' | 'plansIdentifier' | 'arguments'>): Promise<TaskFacts>;
  /** The command of a job with all its arguments, program first; null if it depends on a comparison that is not done yet. */
  words(job: Job, context: JobContext): string[] | null;
  /** Folder that a configuration predicts into. @param members of the best candidate */
  predictionFolder(job: Job, output: string, members: readonly string[]): string;
  /** Folder that an ensemble is merged into. */
  mergedFolder(output: string): string;
  /** Refuses what a job would be refused for in its turn. @throws NnUNetError */
  check(experiment: CheckedExperiment): Promise<void>;
}
