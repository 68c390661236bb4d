import type { Command } from '../command.ts';
import { addNaNOption } from '../nan-option.ts';

export const command: Command = {
  description:
    'Decides on the validation cases of all folds of a configuration whether removing all but the largest component of a ' +
    'label improves the Dice, and writes postprocessing.json into the folder of the model, where nnUNet_predict finds it.',
  define(parser) {
    parser.add_argument('-m', {
      required: true,
      metavar: 'CONFIGURATION',
      help: '2d, 3d_lowres, 3d_fullres or 3d_cascade_fullres',
    });
    parser.add_argument('-t', { required: true, metavar: 'TASK', help: 'task name or id' });
    parser.add_argument('-tr', {
      metavar: 'CLASS',
      help: 'trainer (default: nnUNetTrainerV2, or nnUNetTrainerV2CascadeFullRes for the cascade)',
    });
    parser.add_argument('-pl', {
      default: 'nnUNetPlansv2.1',
      metavar: 'PLANS',
      help: 'plans identifier (default: %(default)s)',
    });
    parser.add_argument('-val', {
      default: 'validation_raw',
      metavar: 'NAME',
      help: "folder of the predictions in each fold's (default: %(default)s)",
    });
    parser.add_argument('-f', '--folds', {
      nargs: '+',
      metavar: 'FOLD',
      help: "folds to use (default: all folds of the task's splits_final.json)",
    });
    addNaNOption(parser);
    parser.add_argument('--rescore', {
      action: 'store_true',
      help: 'score against the labels that the task has now where they were corrected since the validation',
    });
  },
  async run(args, { roots, reporter, signal, print, defaultWorkers }) {
    const { consolidateModel } = await import('@nnunet/pipeline');
    const { file, decision } = await consolidateModel({
      roots,
      configuration: args.m,
      task: args.t,
      trainer: args.tr,
      plansIdentifier: args.pl,
      validationFolder: args.val,
      folds: args.folds,
      bareNaN: args.nan,
      rescore: args.rescore,
      workers: defaultWorkers,
      reporter,
      signal,
    });
    print(decision);
    print(file);
  },
};
