import type { Command } from '../command.ts';
import { printInstalled } from '../print-installed.ts';

export const command: Command = {
  description:
    'Installs the models of a zip archive that nnUNet_export_model_to_zip has made, here or in nnU-Net v1. Models of the ' +
    'same task, trainer and plans are replaced.',
  define(parser) {
    parser.add_argument('zip', { metavar: 'ZIP', help: 'zip archive' });
  },
  async run(args, { roots, reporter, signal, print }) {
    const { installArchive } = await import('@nnunet/sharing');
    printInstalled([await installArchive({ roots, zipFile: args.zip, reporter, signal })], print);
  },
};
