import type { ExperimentRules, JobKind } from '@nnunet/experiment';
import type { Command } from './command.ts';
import { command as ensemble } from './commands/ensemble.ts';
import { command as evaluate } from './commands/evaluate-folder.ts';
import { command as choose } from './commands/find-best-configuration.ts';
import { command as prepare } from './commands/plan-and-preprocess.ts';
import { command as predict } from './commands/predict.ts';
import { command as report } from './commands/report.ts';
import { command as train } from './commands/train.ts';
import { command as postprocessV2 } from './commands/v2-apply-postprocessing.ts';
import { command as ensembleV2 } from './commands/v2-ensemble.ts';
import { command as evaluateV2 } from './commands/v2-evaluate-folder.ts';
import { command as chooseV2 } from './commands/v2-find-best-configuration.ts';
import { command as prepareV2 } from './commands/v2-plan-and-preprocess.ts';
import { command as predictV2 } from './commands/v2-predict.ts';
import { command as trainV2 } from './commands/v2-train.ts';

/** The options of a command that nnUNet_run takes, too, and passes on. */
export interface Passed {
  command: Command;
  flags: readonly string[];
  /** Options of another command that stand for some of its own. */
  more?: Passed;
}

/** The commands that an experiment consists of, by the kinds of its jobs. */
export type PassedCommands = Partial<Record<JobKind, Passed>>;

/** The commands of an experiment on a task of v1. */
const OF_V1: PassedCommands = {
  prepare: {
    command: prepare,
    flags: [
      ...['-pl3d', '-pl2d', '-tl', '-tf', '--verify_dataset_integrity', '--strict_geometry', '--gpu_memory_target'],
      ...['--how_much_of_a_patient', '-overwrite_plans', '-overwrite_plans_identifier', '--plugin'],
    ],
  },
  train: {
    command: train,
    flags: [
      ...['--epochs', '--iterations_per_epoch', '--val_iterations_per_epoch', '--batch_size', '--lr', '--seed'],
      ...[
        '--time_budget',
        '-pretrained_weights',
        '--partial',
        '--sessions',
        '--max_memory',
        '--device',
        '--plugin',
        '--log_to',
      ],
    ],
  },
  choose: {
    command: choose,
    flags: ['--disable_ensembling', '--disable_postprocessing', '--rescore', '--device'],
  },
  predict: {
    command: predict,
    flags: [
      ...['--preset', '--disable_tta', '--mirror_axes', '--step_size', '--tiles', '--mode', '--keep_format'],
      ...['--overwrite_existing', '--strict_geometry', '--max_memory', '--device', '--plugin'],
    ],
  },
  merge: { command: ensemble, flags: ['--strict_geometry', '--max_memory'] },
  evaluate: { command: evaluate, flags: ['--strict_geometry', '--plugin'] },
  report: { command: report, flags: ['--plugin'] },
};

/** The commands of an experiment on a dataset of v2. */
const OF_V2: PassedCommands = {
  prepare: {
    command: prepareV2,
    flags: [
      ...['--verify_dataset_integrity', '-gpu_memory_target', '-preprocessor_name', '-overwrite_target_spacing'],
      ...['-overwrite_plans_name', '--plugin'],
    ],
  },
  train: {
    command: trainV2,
    flags: [
      ...['--epochs', '--iterations_per_epoch', '--val_iterations_per_epoch', '--batch_size', '--lr', '--seed'],
      ...['--time_budget', '-pretrained_weights', '--partial', '-num_gpus', '--max_memory', '--device', '--plugin'],
      '--log_to',
    ],
  },
  choose: { command: chooseV2, flags: ['--disable_ensembling'] },
  predict: {
    command: predictV2,
    flags: ['-step_size', '--disable_tta', '-device', '--plugin'],
    more: { command: predict, flags: ['--overwrite_existing'] },
  },
  merge: { command: ensembleV2, flags: [] },
  postprocess: { command: postprocessV2, flags: [] },
  evaluate: { command: evaluateV2, flags: [] },
  report: { command: report, flags: ['--plugin'] },
};

/** By the names of the rules. */
export const passedCommands: Readonly<Record<string, PassedCommands>> = {
  'nnU-Net v1': OF_V1,
  'nnU-Net v2': OF_V2,
};

/** The commands of an experiment by its task's rules. */
export function commandsOf({ name }: Pick<ExperimentRules, 'name'>): PassedCommands {
  return passedCommands[name]!;
}
