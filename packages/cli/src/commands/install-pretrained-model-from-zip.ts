import type { Command } from '../command.ts';
import { printInstalled } from '../print-installed.ts';

export const command: Command = {
  description:
    'Installs the models of a zip archive made by nnUNet_export_model_to_zip of this program or of nnU-Net v1, or by ' +
    'nnUNetv2_export_model_to_zip. Replaces models of the same task, trainer and plans.',
  define(parser) {
    parser.add_argument('zip', { metavar: 'ZIP', help: 'zip archive' });
  },
  async run(args, { roots, reporter, signal, print }) {
    const { installArchive } = await import('@nnunet/sharing');
    printInstalled([await installArchive({ roots, zipFile: args.zip, reporter, signal })], print);
  },
};
