import { addCatalogueOption } from '../catalogue-option.ts';
import type { Command } from '../command.ts';
import { printInstalled } from '../print-installed.ts';

export const command: Command = {
  description:
    'Downloads a pretrained model and installs it. Models of the same task, trainer and plans are replaced. A download that ' +
    'was interrupted goes on where it stopped.',
  define(parser) {
    parser.add_argument('task_name', {
      metavar: 'TASK',
      help: 'task name, as nnUNet_print_available_pretrained_models lists it',
    });
    addCatalogueOption(parser);
  },
  async run(args, { roots, reporter, signal, print }) {
    const { downloadModel } = await import('@nnunet/sharing');
    reporter.warning(
      'the licence of the data that a model was trained on may limit what it may be used for; nnUNet_print_pretrained_model_info ' +
        `${args.task_name} says where to find it`,
    );
    const catalogueFile = args.catalogue ?? undefined;
    printInstalled(await downloadModel(args.task_name, { catalogueFile, roots, reporter, signal }), print);
  },
};
