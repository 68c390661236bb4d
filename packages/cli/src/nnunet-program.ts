import { usageError } from '@nnunet/errors';
import { nearestNames } from '@nnunet/errors/internal';
import { commands, type LoadCommand } from './command-table.ts';
import { NNUNET, ownSubcommands, subcommandNames, subcommandOf } from './subcommand-names.ts';

const ownCommands: Readonly<Record<(typeof ownSubcommands)[number], LoadCommand>> = {
  help: () => import('./commands/help.ts'),
  version: () => import('./commands/version.ts'),
  completion: () => import('./commands/completion.ts'),
};

/** A command line, taken apart. */
interface Called {
  /** Name of the command as messages of libraries know it: nnUNet_predict. */
  name: string;
  /** How it was called: nnUNet_predict, or nnunet predict. */
  shown: string;
  argv: readonly string[];
  load: LoadCommand;
}

/**
 * Finds the command that a command line calls.
 *
 * @param program a command of its own, such as nnUNet_predict, or `nnunet`
 * @throws NnUNetError 'usage' for an unknown sub-command
 */
export function commandCalled(program: string, argv: readonly string[]): Called {
  if (program !== NNUNET) return { name: program, shown: program, argv, load: commands[program]! };
  const [word = '', ...rest] = spelledOut(argv);
  const subcommand = subcommandOf(word);
  const shown = `${NNUNET} ${subcommand}`;
  const own = ownSubcommands.find((one) => one === subcommand);
  if (own !== undefined) return { name: shown, shown, argv: rest, load: ownCommands[own] };
  const name = Object.keys(commands).find((one) => subcommandOf(one) === subcommand);
  if (name !== undefined) return { name, shown, argv: rest, load: commands[name]! };
  if (word.startsWith('-')) {
    const remedy = `Write it after the command: nnunet COMMAND ${word} …; \`nnunet help\` lists all commands.`;
    throw usageError({ what: `the option ${word} stands before a command`, remedy });
  }
  throw usageError({
    what: `there is no command "${word}"`,
    remedy: nearestNames(subcommand, subcommandNames, '`nnunet help` lists them.'),
  });
}

/**
 * Options in the place of a sub-command: as the sub-commands that they stand for, or behind the sub-command that follows
 * where every command has them.
 */
function spelledOut([word = 'help', ...rest]: readonly string[]): readonly string[] {
  if (word === '--json' || word.startsWith('--root=')) return withOptions(rest, [word]);
  if (word === '--root') return withOptions(rest.slice(1), [word, ...rest.slice(0, 1)]);
  if (word === '--version' || word === '-V') return ['version', ...rest];
  if (word !== 'help' && word !== '-h' && word !== '--help') return [word, ...rest];
  const [topic] = rest;
  return topic === undefined || topic.startsWith('-') ? ['help', ...rest] : [topic, '-h'];
}

function withOptions(line: readonly string[], options: readonly string[]): readonly string[] {
  const [command = 'help', ...rest] = spelledOut(line);
  return [command, ...options, ...rest];
}
