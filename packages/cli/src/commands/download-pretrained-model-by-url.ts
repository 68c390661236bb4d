import { answerInstalled } from '../answer-installed.ts';
import type { Command } from '../command.ts';
import { addDownloadOptions, downloadOptions } from '../download-options.ts';

export const command: Command = {
  description:
    'Downloads and installs an archive of trained models. Replaces models of the same task, trainer and plans. An interrupted ' +
    'download continues where it stopped.',
  define(parser) {
    parser.add_argument('url', {
      metavar: 'URL',
      help:
        'https, http or file URL of a zip archive, which may end with #sha256=SUM; or hf:OWNER/NAME[@REVISION][/FILE] on the ' +
        'Hugging Face Hub',
    });

    parser.add_argument('--sha256', { metavar: 'SUM', help: 'expected SHA-256 of the archive, in hexadecimal' });
    addDownloadOptions(parser);
  },
  async run(args, context) {
    const { downloadAndInstall } = await import('@nnunet/sharing');
    const source = { url: args.url, sha256: args.sha256 ?? undefined };
    answerInstalled(await downloadAndInstall([source], downloadOptions(args, context)), context);
  },
};
