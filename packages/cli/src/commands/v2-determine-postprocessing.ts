import type { Command } from '../command.ts';
import { addDescriptionOptions, addWorkersOption, descriptionOptions } from '../prediction-arguments-v2.ts';

export const command: Command = {
  description:
    'Tests on predictions whether removing all but the largest component of the labels improves the Dice, by the rules of ' +
    'nnU-Net v2, and writes the decision to postprocessing.pkl and postprocessing.json in their folder.',
  define(parser) {
    parser.add_argument('-i', { required: true, metavar: 'FOLDER', help: 'folder of predictions' });
    parser.add_argument('-ref', { required: true, metavar: 'FOLDER', help: 'folder with the reference label maps' });
    addDescriptionOptions(parser);
    addWorkersOption(parser);
    parser.add_argument('--remove_postprocessed', {
      action: 'store_true',
      help: 'do not keep the postprocessed label maps (default: they are in postprocessed in the folder of predictions)',
    });
  },
  async run(args, { defaultWorkers, reporter, signal, print }) {
    const { determinePostprocessingV2 } = await import('@nnunet/pipeline/v2');
    const { file, steps, before, after } = await determinePostprocessingV2({
      folder: args.i,
      reference: args.ref,
      ...descriptionOptions(args),
      keepPostprocessed: !args.remove_postprocessed,
      workers: args.np ?? defaultWorkers,
      reporter,
      signal,
    });
    const dice = [before, after].map((mean) => mean.toFixed(4)).join(' before, ');
    print(
      `${steps.length === 0 ? 'nothing is removed' : 'all but the largest component is removed'}: mean Dice ${dice} after`,
    );
    print(file);
  },
};
