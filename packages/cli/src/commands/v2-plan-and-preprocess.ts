import type { Command } from '../command.ts';
import {
  addDatasetOptions,
  addFingerprintOptions,
  addPlanOptions,
  addPreprocessOptions,
  addReportingOptions,
  datasetOptions,
  planOptions,
  preprocessOptions,
} from '../dataset-arguments.ts';

export const command: Command = {
  description:
    "Extracts the fingerprints of datasets in nnU-Net v2's form, plans their experiments and prepares the training data, by " +
    "v2's rules.",
  define(parser) {
    addDatasetOptions(parser);
    addFingerprintOptions(parser, '-npfp');
    addPlanOptions(parser);
    parser.add_argument('--no_pp', { action: 'store_true', help: 'plan without preprocessing' });
    addPreprocessOptions(parser);
    addReportingOptions(parser);
  },
  async run(args, context) {
    const { planAndPreprocessDatasetsV2 } = await import('@nnunet/pipeline/v2');
    const preprocessed = !args.no_pp;
    const folders = await planAndPreprocessDatasetsV2({
      ...(await datasetOptions(args, context)),
      clean: args.clean,
      fingerprintWorkers: args.npfp ?? context.defaultWorkers,
      verify: args.verify_dataset_integrity,
      ...planOptions(args),
      preprocess: preprocessed,
      ...preprocessOptions(args, context),
    });
    const lines = folders.map((folder) => `${preprocessed ? 'prepared' : 'planned'}: ${folder}`);
    context.answer('plan_and_preprocess', { folders, preprocessed }, lines);
  },
};
