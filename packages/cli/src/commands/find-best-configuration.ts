import { resolve } from 'node:path';
import type { compareConfigurations } from '@nnunet/pipeline';
import type { Command } from '../command.ts';
import { addDeviceOption } from '../device-option.ts';
import { addTrainerOptions } from '../trainer-options.ts';

type BestConfiguration = Awaited<ReturnType<typeof compareConfigurations>>[number];

export const command: Command = {
  description:
    'Compares the trained configurations, and all ensembles of two, by the mean Dice of their cross-validation. Tests whether ' +
    'keeping only the largest component of a label improves the scores (postprocessing), and prints the commands that predict ' +
    'new images with the best candidate.',
  define(parser) {
    parser.add_argument('-m', '--models', {
      nargs: '+',
      default: ['2d', '3d_lowres', '3d_fullres', '3d_cascade_fullres'],
      metavar: 'CONFIGURATION',
      help: 'configurations to compare (default: 2d 3d_lowres 3d_fullres 3d_cascade_fullres)',
    });
    parser.add_argument('-t', '--task_ids', {
      nargs: '+',
      required: true,
      metavar: 'TASK',
      help: 'task names or ids',
    });
    addTrainerOptions(parser, '-ctr');
    parser.add_argument('-f', '--folds', {
      nargs: '+',
      type: 'int',
      metavar: 'FOLD',
      help: "folds of the cross-validation (default: all folds of the task's splits_final.json)",
    });
    parser.add_argument('--disable_ensembling', { action: 'store_true', help: 'do not compare ensembles' });
    parser.add_argument('--disable_postprocessing', {
      action: 'store_true',
      help: 'do not determine postprocessing; keep all components',
    });
    parser.add_argument('--strict', {
      action: 'store_true',
      help: 'stop if a configuration is missing or incomplete, instead of skipping it with a warning',
    });
    parser.add_argument('--allow_missing_pp', {
      action: 'store_true',
      help: 'accepted but ignored: missing postprocessing is always determined',
    });
    parser.add_argument('--rescore', {
      action: 'store_true',
      help: 'score against the current labels of the task if they were corrected after the validation',
    });
    parser.add_argument('--no_predict_missing', {
      action: 'store_true',
      help:
        'stop if stored probabilities of validation cases are missing, which ensembles need (nnUNet_train --npz), instead of ' +
        'predicting these cases again',
    });
    addDeviceOption(parser, 'device that predicts missing probabilities');
  },
  async run(args, { roots, reporter, signal, answer, defaultWorkers }) {
    const { compareConfigurations } = await import('@nnunet/pipeline');
    const { candidateTable } = await import('@nnunet/pipeline/internal');
    const found = await compareConfigurations({
      roots,
      tasks: args.task_ids,
      models: args.models,
      trainer: args.tr,
      cascadeTrainer: args.ctr,
      plansIdentifier: args.pl,
      folds: args.folds,
      strict: args.strict,
      disableEnsembling: args.disable_ensembling,
      disablePostprocessing: args.disable_postprocessing,
      rescore: args.rescore,
      predictMissing: !args.no_predict_missing,
      // The commands may be run later, from another folder.
      commonArguments: args.root ? ['--root', resolve(args.root)] : [],
      workers: defaultWorkers,
      compute: { device: args.device },
      reporter,
      signal,
    });
    const tasks = found.map(({ candidates, best, labelNames: _, ...rest }) => ({
      ...rest,
      candidates: candidates.map(({ name, dice, score }) => ({ name, dice, score })),
      best: best.map(({ name }) => name),
    }));
    const lines = found.flatMap((task) => [
      candidateTable(task.candidates, task.best, task.labelNames),
      ...choiceInWords(task),
    ]);
    answer('find_best_configuration', { tasks }, lines);
  },
};

function choiceInWords({ task, best, commands, tableFile, commandsFile }: BestConfiguration): string[] {
  const lines: string[] = [];
  let line = 0;
  for (const { name, score, members } of best) {
    lines.push(`${task} submit model ${name} ${score}`);
    // one prediction per member, and one merge if there are several
    const count = members.length === 1 ? 1 : members.length + 1;
    lines.push(...commands.slice(line, line + count));
    line += count;
  }
  return [...lines, tableFile, commandsFile];
}
