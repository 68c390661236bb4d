import { answerInstalled } from '../answer-installed.ts';
import { addCatalogueOption } from '../catalogue-option.ts';
import type { Command } from '../command.ts';
import { addDownloadOptions, downloadOptions } from '../download-options.ts';

export const command: Command = {
  description:
    'Downloads and installs a pretrained model. Replaces models of the same task, trainer and plans. An interrupted download ' +
    'continues where it stopped.',
  define(parser) {
    parser.add_argument('task_name', {
      metavar: 'TASK',
      help: 'task name, as listed by nnUNet_print_available_pretrained_models',
    });
    addCatalogueOption(parser);
    addDownloadOptions(parser);
  },
  async run(args, context) {
    const { downloadModel } = await import('@nnunet/sharing');
    const catalogueFile = args.catalogue ?? undefined;
    const options = { catalogueFile, ...downloadOptions(args, context) };
    answerInstalled(await downloadModel(args.task_name, options), context);
  },
};
