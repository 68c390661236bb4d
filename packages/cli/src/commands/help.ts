import { ArgumentParser } from 'argparse';
import type { Command } from '../command.ts';
import { stages } from '../command-table.ts';
import { NNUNET, subcommandOf } from '../subcommand-names.ts';

export const command: Command = {
  description: 'Lists all commands by the stages of the work. With the name of a command, describes its options.',
  define() {},
  async run(_, { print }) {
    print((await overview()).trimEnd());
  },
};

/** All commands with what each does, by stage. */
async function overview(): Promise<string> {
  const parser = new ArgumentParser({
    prog: NNUNET,
    usage: `${NNUNET} COMMAND [options]`,
    description:
      'nnU-Net segments biomedical images and configures itself for each data set. Every command is also a program of its own ' +
      'with the name that nnU-Net v1 gave it: "nnunet predict" is nnUNet_predict.',
    epilog:
      '"nnunet help COMMAND" describes the options of a command, "nnunet version" says what is installed, and "nnunet ' +
      'completion" completes names and options in a shell.',
    add_help: false,
  });
  for (const [stage, members] of Object.entries(stages)) {
    const group = parser.add_argument_group(stage);
    for (const [name, load] of Object.entries(members)) {
      const { command } = await load();
      group.add_argument(subcommandOf(name), { help: inShort(command.description).replaceAll('%', '%%') });
    }
  }
  return parser.format_help();
}

/** The first sentence, up to a colon. */
function inShort(description: string): string {
  return description.replace(/[.:]\s.*$/s, '').replace(/\.$/, '');
}
