import type { Command } from '../command.ts';
import { addNaNOption } from '../nan-option.ts';

export const command: Command = {
  description:
    'Tests on the validation cases of all folds of a configuration whether removing all but the largest component of a label ' +
    'improves the Dice, and writes the decision to postprocessing.json in the model folder, where nnUNet_predict finds it.',
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
      help: 'name of the folder with predictions in each fold (default: %(default)s)',
    });
    parser.add_argument('-f', '--folds', {
      nargs: '+',
      metavar: 'FOLD',
      help: "folds to use (default: all folds of the task's splits_final.json)",
    });
    addNaNOption(parser);
    parser.add_argument('--rescore', {
      action: 'store_true',
      help: 'score against the current labels of the task if they were corrected after the validation',
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
