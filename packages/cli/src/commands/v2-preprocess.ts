import type { Command } from '../command.ts';
import {
  addDatasetOptions,
  addPreprocessOptions,
  addReportingOptions,
  datasetOptions,
  preprocessOptions,
} from '../dataset-arguments.ts';

export const command: Command = {
  description:
    "Prepares the training data of datasets for configurations of their plans, by nnU-Net v2's rules. Cases that were made from " +
    'the same files with the same settings are kept.',
  define(parser) {
    addDatasetOptions(parser);
    parser.add_argument('-plans_name', {
      default: 'nnUNetPlans',
      metavar: 'NAME',
      help: 'name of the plans (default: %(default)s)',
    });
    addPreprocessOptions(parser);
    addReportingOptions(parser);
  },
  async run(args, context) {
    const { preprocessDatasetsV2 } = await import('@nnunet/pipeline/v2');
    const folders = await preprocessDatasetsV2({
      ...(await datasetOptions(args, context)),
      plansName: args.plans_name,
      ...preprocessOptions(args, context),
    });
    const lines = folders.map((folder) => `prepared: ${folder}`);
    context.answer('plan_and_preprocess', { folders, preprocessed: true }, lines);
  },
};
