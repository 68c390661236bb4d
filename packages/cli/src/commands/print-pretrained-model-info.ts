import { addCatalogueOption } from '../catalogue-option.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  description: 'Prints what a pretrained model segments, which images it needs and where it is downloaded from.',
  define(parser) {
    parser.add_argument('task_name', {
      metavar: 'TASK',
      help: 'task name, as listed by nnUNet_print_available_pretrained_models',
    });
    addCatalogueOption(parser);
  },
  async run(args, { print }) {
    const { modelNamed, readCatalogue } = await import('@nnunet/sharing');
    const { description, sources } = modelNamed(await readCatalogue(args.catalogue ?? undefined), args.task_name);
    print(description);
    for (const { url } of sources) print(url);
  },
};
