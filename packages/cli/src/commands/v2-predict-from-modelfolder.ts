import type { Command } from '../command.ts';
import { addPredictArguments, answerPrediction } from '../predict-arguments-v2.ts';

export const command: Command = {
  description:
    "Predicts label maps with a trained model of nnU-Net v2 in any folder, by v2's rules. No paths need to be set up.",
  define(parser) {
    parser.add_argument('-m', {
      required: true,
      metavar: 'FOLDER',
      help: 'folder of the model, with plans.json, dataset.json and fold_0',
    });
    addPredictArguments(parser);
  },
  async run(args, context) {
    const { predictWithFolderV2 } = await import('@nnunet/pipeline/v2');
    await answerPrediction(args, context, (options) => predictWithFolderV2({ ...options, modelFolder: args.m }));
  },
};
