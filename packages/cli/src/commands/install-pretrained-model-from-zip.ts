import { answerInstalled } from '../answer-installed.ts';
import type { Command } from '../command.ts';
import { addDownloadOptions, downloadOptions } from '../download-options.ts';

export const command: Command = {
  description:
    'Installs the models of a zip archive made by nnUNet_export_model_to_zip of this program or of nnU-Net v1, or by ' +
    'nnUNetv2_export_model_to_zip. Replaces models of the same task, trainer and plans.',
  define(parser) {
    parser.add_argument('zip', {
      metavar: 'ZIP',
      help: 'zip archive; or the address of one, as for nnUNet_download_pretrained_model_by_url',
    });
    addDownloadOptions(parser);
  },
  async run(args, context) {
    const { downloadAndInstall, installArchive } = await import('@nnunet/sharing');
    const { isAddress } = await import('@nnunet/sharing/internal');
    const { roots, reporter, signal } = context;
    const installed = isAddress(args.zip)
      ? await downloadAndInstall([{ url: args.zip }], downloadOptions(args, context))
      : [await installArchive({ roots, zipFile: args.zip, reporter, signal })];
    answerInstalled(installed, context);
  },
};
