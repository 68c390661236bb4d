import type { Command } from '../command.ts';
import { addPredictArguments, answerPrediction } from '../predict-arguments-v2.ts';
import { addModelNameOptions } from '../prediction-arguments-v2.ts';

export const command: Command = {
  description:
    "Predicts label maps with a trained model of a dataset of nnU-Net v2, by v2's rules. The model must be in nnUNet_results, " +
    'trained there or installed with nnUNetv2_install_pretrained_model_from_zip.',
  define(parser) {
    parser.add_argument('-d', {
      required: true,
      metavar: 'DATASET',
      help: 'id or name of the dataset, such as 4 or Dataset004_Hippocampus',
    });
    addModelNameOptions(parser);
    parser.add_argument('-c', {
      required: true,
      metavar: 'CONFIGURATION',
      help: 'configuration, such as 2d, 3d_fullres, 3d_lowres or 3d_cascade_fullres',
    });
    addPredictArguments(parser);
    parser.add_argument('-num_parts', {
      type: 'int',
      default: 1,
      metavar: 'N',
      help: 'number of parts to divide the cases into (default: %(default)s)',
    });
    parser.add_argument('-part_id', {
      type: 'int',
      default: 0,
      metavar: 'N',
      help: 'number of the part to predict, starting at 0 (default: %(default)s)',
    });
  },
  async run(args, context) {
    const { predictByNameV2 } = await import('@nnunet/pipeline/v2');
    const model = { dataset: args.d, configuration: args.c, trainer: args.tr, plans: args.p };
    await answerPrediction(args, context, (options) => predictByNameV2({ ...options, model }));
  },
};
