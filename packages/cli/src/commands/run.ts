import type { Command } from '../command.ts';
import { addPassedOptions } from '../passed-options.ts';

export const command: Command = {
  description:
    'Runs a whole experiment: plans and preprocesses a task, trains its configurations on all folds, chooses the best, predicts ' +
    'images with it, scores them and writes a report. The same line typed again does what is missing and nothing else.',
  define(parser) {
    parser.add_argument('-t', '--task_id', {
      metavar: 'TASK',
      help: 'name or id of the task, or of the dataset of nnU-Net v2',
    });
    parser.add_argument('-m', '--models', {
      nargs: '+',
      metavar: 'CONFIGURATION',
      help: 'configurations to train and compare (default: all that are planned)',
    });
    parser.add_argument('-f', '--folds', {
      nargs: '+',
      metavar: 'FOLD',
      help: 'folds to train, or all (default: all folds of the cross-validation)',
    });
    parser.add_argument('-tr', {
      metavar: 'CLASS',
      help: 'trainer of all configurations except the cascade (default: nnUNetTrainerV2); of a dataset of v2, of all (default: nnUNetTrainer)',
    });
    parser.add_argument('-ctr', {
      metavar: 'CLASS',
      help: 'for tasks of v1: trainer of 3d_cascade_fullres (default: nnUNetTrainerV2CascadeFullRes)',
    });
    parser.add_argument('-pl', {
      metavar: 'PLANS',
      help: 'plans identifier (default: nnUNetPlansv2.1; of a dataset of v2, that of its planner, such as nnUNetPlans)',
    });
    parser.add_argument('--planner', {
      metavar: 'CLASS',
      help: 'for datasets of v2: planner, such as nnUNetPlannerResEncM (default: ExperimentPlanner)',
    });
    parser.add_argument('-i', '--input_folder', {
      metavar: 'FOLDER',
      help: 'images to predict with the best configuration',
    });
    parser.add_argument('-o', '--output_folder', { metavar: 'FOLDER', help: 'folder for their label maps' });
    parser.add_argument('-ref', { metavar: 'FOLDER', help: 'reference label maps to score the predictions against' });
    parser.add_argument('--parts', {
      type: 'int',
      metavar: 'N',
      help: 'number of jobs that share the images of a configuration (default: 1)',
    });
    parser.add_argument('--name', {
      metavar: 'NAME',
      help: 'name of the experiment, to tell several of a task apart (default: that of its trainer and plans)',
    });
    parser.add_argument('--settings', {
      metavar: 'FILE',
      help: 'JSON file with settings, as in experiment.json of another experiment; options override it',
    });
    parser.add_argument('--on', {
      default: 'local',
      choices: ['local', 'slurm'],
      help: 'where to run: on this machine, or by Slurm (default: %(default)s)',
    });
    parser.add_argument('--jobs', {
      type: 'int',
      default: 1,
      metavar: 'N',
      help: 'on this machine: trainings and predictions to run at a time; they share processors and memory (default: %(default)s)',
    });
    parser.add_argument('--sbatch', {
      metavar: 'OPTIONS',
      help: 'with --on slurm: options of sbatch for all jobs, for example "--partition=gpu --gres=gpu:1 --time=12:00:00"',
    });
    parser.add_argument('--dry_run', { action: 'store_true', help: 'only print what would run' });
    parser.add_argument('--status', { action: 'store_true', help: 'only print how far the experiment is' });
    parser.add_argument('--cancel', {
      action: 'store_true',
      help: 'stop what runs or waits; the same line goes on later',
    });
    parser.add_argument('--job', { metavar: 'ID', help: 'only run this job, inside of a Slurm job' });
    addPassedOptions(parser);
  },
  async run(args, context) {
    const { runExperiment } = await import('../experiment-run.ts');
    await runExperiment(args, context);
  },
};
