import type { Command } from '../command.ts';
import { addDatasetOptions, addFingerprintOptions, addReportingOptions, datasetOptions } from '../dataset-arguments.ts';

export const command: Command = {
  description:
    "Extracts the fingerprints of datasets in nnU-Net v2's form: spacings, shapes and intensities, from which experiments are " +
    'planned.',
  define(parser) {
    addDatasetOptions(parser);
    addFingerprintOptions(parser, '-np');
    addReportingOptions(parser);
  },
  async run(args, context) {
    const { extractFingerprintsV2 } = await import('@nnunet/pipeline/v2');
    const folders = await extractFingerprintsV2({
      ...(await datasetOptions(args, context)),
      clean: args.clean,
      fingerprintWorkers: args.np ?? context.defaultWorkers,
      verify: args.verify_dataset_integrity,
    });
    for (const folder of folders) context.print(`fingerprint: ${folder}/dataset_fingerprint.json`);
  },
};
