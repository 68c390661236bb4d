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
  async run(args, { print }) {
    const { exportCatalogue, readCatalogue } = await import('@nnunet/sharing');
    const catalogue = await readCatalogue(args.catalogue ?? undefined);
    for (const [task, { description }] of catalogue) print(`${task}\n  ${description.replaceAll('\n', '\n  ')}`);
    if (args.export) print(await exportCatalogue(catalogue, args.export));
  },
};
