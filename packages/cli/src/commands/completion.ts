import type { Command } from '../command.ts';
import { CommandParser } from '../command-parser.ts';
import { commands } from '../command-table.ts';
import { NNUNET, subcommandNames, subcommandOf } from '../subcommand-names.ts';

export const command: Command = {
  description:
    'Prints a script that completes the commands and options of nnunet in a shell. In ~/.bashrc or ~/.zshrc: ' +
    'source <(nnunet completion bash), or zsh; in fish: nnunet completion fish | source.',
  define(parser) {
    parser.add_argument('shell', { choices: ['bash', 'zsh', 'fish'], help: 'the shell that runs the script' });
  },
  async run({ shell }, { print }) {
    print(shell === 'fish' ? await fishScript() : await bashScript(shell === 'zsh'));
  },
};

/** Options of each sub-command. */
async function optionsOfAll(): Promise<[subcommand: string, options: string[]][]> {
  return Promise.all(
    Object.entries(commands).map(async ([name, load]) => {
      const { command } = await load();
      const parser = new CommandParser(name, '');
      command.define(parser);
      const options = parser.actions.flatMap(({ option_strings }) => option_strings);
      return [subcommandOf(name), [...options, '--root', '--json']];
    }),
  );
}

/** Where no option is asked for, the shell completes names of files. */
async function bashScript(inZsh: boolean): Promise<string> {
  const cases = (await optionsOfAll()).map(([name, options]) => `    ${name}) words="${options.join(' ')}" ;;`);
  return [
    ...(inZsh ? ['autoload -U +X bashcompinit && bashcompinit'] : []),
    '_nnunet() {',
    `  local current="\${COMP_WORDS[COMP_CWORD]}" words=""`,
    '  COMPREPLY=()',
    `  if [ "$COMP_CWORD" = 1 ]; then COMPREPLY=($(compgen -W "${subcommandNames.join(' ')}" -- "$current")); return; fi`,
    `  case "\${COMP_WORDS[1]}" in`,
    ...cases,
    `    help) words="${subcommandNames.join(' ')}" ;;`,
    '    completion) words="bash zsh fish" ;;',
    '  esac',
    `  case "$current" in -*) ;; *) case "\${COMP_WORDS[1]}" in help|completion) ;; *) return ;; esac ;; esac`,
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '}',
    `complete -o default -F _nnunet ${NNUNET}`,
  ].join('\n');
}

async function fishScript(): Promise<string> {
  const first = `complete -c ${NNUNET} -n __fish_use_subcommand -f -a`;
  const after = (name: string) => `complete -c ${NNUNET} -n '__fish_seen_subcommand_from ${name}'`;
  return [
    `${first} '${subcommandNames.join(' ')}'`,
    `${after('help')} -f -a '${subcommandNames.join(' ')}'`,
    `${after('completion')} -f -a 'bash zsh fish'`,
    ...(await optionsOfAll()).flatMap(([name, options]) => options.map((option) => `${after(name)} ${inFish(option)}`)),
  ].join('\n');
}

/** fish tells -l, -old and --long apart. */
function inFish(option: string): string {
  const [, dashes, name] = /^(--?)(.+)$/.exec(option)!;
  if (dashes === '--') return `-l ${name}`;
  return name!.length === 1 ? `-s ${name}` : `-o ${name}`;
}
