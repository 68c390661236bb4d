import { addCatalogueOption } from '../catalogue-option.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  description: 'Lists the models that nnUNet_download_pretrained_model can download.',
  define(parser) {
    parser.add_argument('--export', {
      metavar: 'FOLDER',
      help: 'also write the list to available_models.json in this folder',
    });
    addCatalogueOption(parser);
  },
  async run(args, { answer }) {
    const { exportCatalogue, readCatalogue } = await import('@nnunet/sharing');
    const catalogue = await readCatalogue(args.catalogue ?? undefined);
    const exported = args.export ? await exportCatalogue(catalogue, args.export) : null;
    const models = [...catalogue].map(([task, model]) => ({ task, ...model }));
    const lines = models.map(({ task, description }) => `${task}\n  ${description.replaceAll('\n', '\n  ')}`);
    answer('available_models', { models, exported }, exported === null ? lines : [...lines, exported]);
  },
};
