import { counted } from '@nnunet/errors/internal';
import type { ArgumentParser } from 'argparse';
import type { Command } from '../command.ts';

export const command: Command = {
  description:
    'Divides the training cases of a task into cross-validation folds and writes splits_final.json for ' +
    'nnUNet_train, or checks an existing one for leaks. Without groups or strata, the folds are those that a training makes ' +
    'by default.',
  define(parser: ArgumentParser) {
    parser.add_argument('-t', '--task_id', {
      required: true,
      metavar: 'TASK',
      help: 'name or id of a task, or of a dataset of nnU-Net v2',
    });
    parser.add_argument('--folds', { type: 'int', default: 5, metavar: 'N', help: 'number of folds (default: 5)' });
    parser.add_argument('--seed', {
      type: 'int',
      default: 12345,
      metavar: 'N',
      help: 'random seed for shuffling (default: 12345, as in v1)',
    });
    parser.add_argument('--group_regex', {
      metavar: 'REGEX',
      help:
        'keep cases of one patient together; the patient is the part of the case id that matches the first parentheses, or else ' +
        'the whole match, for example "^(patient\\d+)_"',
    });
    parser.add_argument('--csv', {
      metavar: 'FILE',
      help: 'table with a header and one row per case, for the next three options',
    });
    parser.add_argument('--case_column', {
      metavar: 'NAME',
      help: 'column with the case ids (default: the first)',
    });
    parser.add_argument('--group_column', {
      metavar: 'NAME',
      help: 'keep cases with the same value in this column together, for example the patient',
    });
    parser.add_argument('--stratify_column', {
      metavar: 'NAME',
      help: 'spread the values of this column evenly over the folds, for example the hospital',
    });
    parser.add_argument('--stratify_labels', {
      action: 'store_true',
      help: 'spread the cases containing each label evenly over the folds',
    });
    parser.add_argument('--overwrite', { action: 'store_true', help: 'replace existing splits' });
    parser.add_argument('--check', {
      action: 'store_true',
      help: 'only check the existing splits for leaks and missing cases (with groups, also for divided groups)',
    });
  },
  async run(args, { roots, reporter, signal, print }) {
    const { checkTaskSplits, splitTask } = await import('@nnunet/pipeline');
    const sources = {
      roots,
      task: args.task_id,
      variables: process.env,
      groupPattern: args.group_regex,
      table: args.csv,
      caseColumn: args.case_column,
      groupColumn: args.group_column,
      stratifyColumn: args.stratify_column,
      stratifyLabels: args.stratify_labels,
    };
    if (args.check) {
      print(await checkTaskSplits({ ...sources, reporter }));
      return;
    }
    const { folds, seed, overwrite } = args;
    const { file, validationCases } = await splitTask({ ...sources, folds, seed, overwrite, reporter, signal });
    print(`${counted(validationCases.length, 'fold')}, validation cases: ${validationCases.join(', ')}`);
    print(file);
  },
};
