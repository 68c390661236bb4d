import type { Command } from '../command.ts';
import { addTrainerOptions } from '../trainer-options.ts';

export const command: Command = {
  description:
    'Packs the trained models of a task into a zip archive, with everything that prediction needs and a model card for each ' +
    '(model_card.md, model_card.json). Where the prepared data are, models are calibrated for the 8-bit integers of the ' +
    'preset quick first. Install the archive with nnUNet_install_pretrained_model_from_zip.',
  define(parser) {
    parser.add_argument('-t', { required: true, metavar: 'TASK', help: 'task name or id' });
    parser.add_argument('-o', { required: true, metavar: 'FILE', help: 'zip archive to write' });
    parser.add_argument('-m', {
      nargs: '+',
      default: ['2d', '3d_lowres', '3d_fullres', '3d_cascade_fullres'],
      metavar: 'CONFIGURATION',
      help: 'configurations to export (default: 2d 3d_lowres 3d_fullres 3d_cascade_fullres)',
    });
    addTrainerOptions(parser, '-trc');
    parser.add_argument('-f', {
      nargs: '+',
      metavar: 'FOLD',
      help: "folds to export, or all (default: all folds of the task's splits_final.json)",
    });
    parser.add_argument('--keep_momenta', {
      action: 'store_true',
      help: 'include the momenta of the optimiser, which only continuing a training needs; doubles the size',
    });
    parser.add_argument('--disable_strict', {
      action: 'store_true',
      help: 'skip missing configurations and postprocessing with a warning, instead of stopping',
    });
  },
  async run(args, { roots, reporter, signal, print }) {
    const { exportModels } = await import('@nnunet/sharing');
    const exported = await exportModels({
      roots,
      task: args.t,
      zipFile: args.o,
      models: args.m,
      trainer: args.tr,
      cascadeTrainer: args.trc,
      plansIdentifier: args.pl,
      folds: args.f,
      keepMomenta: args.keep_momenta,
      strict: !args.disable_strict,
      reporter,
      signal,
    });
    for (const model of exported) print(model);
    print(args.o);
  },
};
