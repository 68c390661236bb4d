import type { Command } from '../command.ts';
import { addFoldsOption, addModelNameOptions, addWorkersOption } from '../prediction-arguments-v2.ts';

export const command: Command = {
  description:
    'Scores the cross-validation of trained models of nnU-Net v2 and of ensembles of two, determines the postprocessing of the ' +
    'best, and says how to predict with it. Ensembles need the probabilities of the validation (nnUNetv2_train --npz).',
  define(parser) {
    parser.add_argument('dataset_name_or_id', { help: 'id or name of the dataset' });
    addModelNameOptions(parser, { several: true });
    parser.add_argument('-c', {
      nargs: '+',
      metavar: 'CONFIGURATION',
      default: ['2d', '3d_fullres', '3d_lowres', '3d_cascade_fullres'],
      help: 'configurations; those that the plans lack are left out (default: 2d 3d_fullres 3d_lowres 3d_cascade_fullres)',
    });
    addWorkersOption(parser);
    addFoldsOption(parser, 'folds to use');
    parser.add_argument('--disable_ensembling', { action: 'store_true', help: 'compare single models only' });
    parser.add_argument('--no_overwrite', {
      action: 'store_true',
      help: 'use collected folds and merged predictions that exist as they are, unless folds were validated again since',
    });
  },
  async run(args, { roots, defaultWorkers, reporter, signal, print }) {
    const { findBestV2 } = await import('@nnunet/pipeline/v2');
    const { best, instructions, instructionsFile } = await findBestV2({
      roots,
      dataset: args.dataset_name_or_id,
      trainers: args.tr,
      plans: args.p,
      configurations: args.c,
      folds: args.f,
      ensembling: !args.disable_ensembling,
      overwrite: !args.no_overwrite,
      workers: args.np ?? defaultWorkers,
      reporter,
      signal,
    });
    print(`best: ${best.name}, mean foreground Dice ${best.dice.toFixed(4)}`);
    print(instructions);
    print(instructionsFile);
  },
};
