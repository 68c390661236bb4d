import type { Command } from '../command.ts';
import { addFoldsOption, addModelNameOptions } from '../prediction-arguments-v2.ts';

export const command: Command = {
  description:
    "Brings the validation cases of all folds of a model of nnU-Net v2 together in one folder and scores them there, by v2's rules.",
  define(parser) {
    parser.add_argument('dataset_name_or_id', { help: 'id or name of the dataset' });
    parser.add_argument('-c', { required: true, metavar: 'CONFIGURATION', help: 'configuration' });
    parser.add_argument('-o', {
      metavar: 'FOLDER',
      help: 'empty folder for the label maps and scores (default: crossval_results_folds_… in the folder of the model, made anew)',
    });
    addFoldsOption(parser, 'folds to collect');
    addModelNameOptions(parser);
  },
  async run(args, { roots, defaultWorkers, reporter, signal, print }) {
    const { accumulateCrossValidationV2 } = await import('@nnunet/pipeline/v2');
    const { folder, meanDice } = await accumulateCrossValidationV2({
      roots,
      model: { dataset: args.dataset_name_or_id, configuration: args.c, trainer: args.tr, plans: args.p },
      outputFolder: args.o,
      folds: args.f,
      workers: defaultWorkers,
      reporter,
      signal,
    });
    print(`mean foreground Dice: ${meanDice.toFixed(4)}`);
    print(`collected: ${folder}`);
  },
};
