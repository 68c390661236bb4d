import { availableParallelism } from 'node:os';
import { type Extensions, loadExtensions } from '@nnunet/pipeline';
import type { Roots } from '@nnunet/schema';
import { FILE_NAMES, joinPath, preprocessedFolder } from '@nnunet/schema/internal';
import { readSplits } from '@nnunet/store';
import { jsonOrPickleExists } from '@nnunet/store/internal';
import type { ImageGeometry } from '@nnunet/volume';
import { type MachineSpeed, readMachineSpeed } from './estimate-speed.ts';
import type { PlannedWork } from './planned-work.ts';
import { rulesOfExperiment } from './rules-of-experiment.ts';
import type { ExperimentSettings } from './settings.ts';

/** What the time and memory of an experiment's jobs follow from. */
export interface EstimateFacts {
  /** null where nothing is planned and nothing can be foreseen. */
  planned: PlannedWork | null;
  /** Whether the task is not planned yet, and the plans follow from the headers of its images. */
  foreseen: boolean;
  /** Validation cases of each fold of the cross-validation. */
  validationCases: readonly number[];
  /** The images to predict. */
  images: readonly ImageGeometry[];
  speed: MachineSpeed;
  /** Threads that a job has. */
  threads: number;
}

export interface EstimateFactsOptions {
  /** Where planners and trainers are looked up. Default: the built-in ones. */
  extensions?: Extensions;
  /** Threads that a job has. Default: all. */
  threads?: number;
}

/** Folds of a task that has no splits yet. */
const FOLDS = 5;

/**
 * Reads what the estimates of an experiment follow from: plans, splits, the headers of the images to predict and the
 * logs of its trainings. The plans of a task that is not planned yet are foreseen from the headers of its images. Where
 * nothing is logged yet, measures for half a second how fast this machine computes networks.
 *
 * @throws NnUNetError those of damaged files, and what planning and prediction would be refused for
 */
export async function readEstimateFacts(
  roots: Roots,
  settings: ExperimentSettings,
  { extensions: given, threads = availableParallelism() }: EstimateFactsOptions = {},
): Promise<EstimateFacts> {
  const experiment = { roots, settings, extensions: given ?? (await loadExtensions([])) };
  const { work } = rulesOfExperiment(settings.task);
  const stored = await work.stored(experiment);
  const planned = stored ?? (await work.foreseen(experiment));
  const { prediction } = settings;
  return {
    planned,
    foreseen: stored === null,
    validationCases: planned === null ? [] : await validationCases(roots, settings.task, planned.cases.length),
    images: planned === null || prediction === null ? [] : await planned.images(prediction.images),
    speed: await readMachineSpeed(experiment, { planned, threads }),
    threads,
  };
}

async function validationCases(roots: Roots, task: string, cases: number): Promise<number[]> {
  if (roots.preprocessed !== null) {
    const file = joinPath(preprocessedFolder(roots, task), FILE_NAMES.splits);
    if (jsonOrPickleExists(file)) return (await readSplits(file)).map(({ val }) => val.length);
  }
  return Array.from({ length: FOLDS }, (_, fold) => Math.floor(cases / FOLDS) + (fold < cases % FOLDS ? 1 : 0));
}
