import type { Command } from '../command.ts';
import { addDatasetOptions, addPlanOptions, datasetOptions, planOptions } from '../dataset-arguments.ts';
import { addPluginOption } from '../plugin-option.ts';

export const command: Command = {
  description:
    "Plans experiments by nnU-Net v2's rules from the fingerprints of datasets: patches, batches and networks.",
  define(parser) {
    addDatasetOptions(parser);
    addPlanOptions(parser);
    addPluginOption(parser);
  },
  async run(args, context) {
    const { planExperimentsV2 } = await import('@nnunet/pipeline/v2');
    const folders = await planExperimentsV2({ ...(await datasetOptions(args, context)), ...planOptions(args) });
    const lines = folders.map((folder) => `planned: ${folder}`);
    context.answer('plan_and_preprocess', { folders, preprocessed: false }, lines);
  },
};
