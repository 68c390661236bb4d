import type { Command } from '../command.ts';
import { printInstalled } from '../print-installed.ts';

export const command: Command = {
  description:
    'Downloads an archive of trained models and installs it. Models of the same task, trainer and plans are replaced. A ' +
    'download that was interrupted goes on where it stopped.',
  define(parser) {
    parser.add_argument('url', { metavar: 'URL', help: 'https, http or file URL of a zip archive' });
    parser.add_argument('--sha256', { metavar: 'SUM', help: 'hexadecimal SHA-256 that the archive must have' });
  },
  async run(args, { roots, reporter, signal, print }) {
    const { downloadAndInstall } = await import('@nnunet/sharing');
    const source = { url: args.url, sha256: args.sha256 ?? undefined };
    printInstalled(await downloadAndInstall([source], { roots, reporter, signal }), print);
  },
};
