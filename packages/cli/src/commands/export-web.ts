import type { Command } from '../command.ts';
import { addModelArguments, chosenModel, PREDICTED_CONFIGURATION, requireOneModel } from '../model-arguments.ts';

export const command: Command = {
  description:
    'Writes a page that segments images with a trained model in the browser of whoever opens it: nothing is installed, and no ' +
    'image leaves the computer. Put the folder on any web server, or open it with nnUNet_serve FOLDER. See docs/in_the_browser.md.',
  define(parser) {
    addModelArguments(parser, {
      task: {
        required: false,
        help: 'name or id of a task, or of a dataset of nnU-Net v2 whose models are installed; required unless --model_folder is given',
      },
      trainer: { help: 'trainer (default: nnUNetTrainerV2; otherwise the only one installed)' },
      foldsTo: 'export',
      configuration: PREDICTED_CONFIGURATION,
    });
    parser.add_argument('--model_folder', {
      metavar: 'DIR',
      help: 'folder of a trained model of this program, nnU-Net v1 or v2, in any place, instead of -t, -tr, -m and -p',
    });
    parser.add_argument('-o', '--output_folder', {
      required: true,
      metavar: 'FOLDER',
      help: 'folder for the page; a page that was exported there before is replaced',
    });
    parser.add_argument('--intended_use', {
      metavar: 'TEXT',
      help: 'what the model is meant for, as the page says it (default: for research)',
    });
    parser.add_argument('--example', {
      nargs: '+',
      metavar: 'FILE',
      help: 'image that visitors can try the model with, NIfTI, a file per channel in their order',
    });
    parser.add_argument('--example_origin', {
      metavar: 'TEXT',
      help: 'where the example comes from, and its licence, as the page says it',
    });
  },
  async run(args, context) {
    requireOneModel(args);
    const { exportWeb } = await import('@nnunet/sharing');
    const { roots, reporter, signal, print } = context;
    const { folder } =
      args.model_folder === undefined ? await chosenModel(args, context) : { folder: args.model_folder };
    await exportWeb({
      roots,
      modelFolder: folder,
      folds: args.folds ?? undefined,
      checkpoint: args.chk,
      outputFolder: args.output_folder,
      intendedUse: args.intended_use,
      example: args.example,
      exampleOrigin: args.example_origin,
      reporter,
      signal,
    });
    print(args.output_folder);
    reporter.message(`open it with nnUNet_serve ${args.output_folder}, or put it on any web server`);
  },
};
