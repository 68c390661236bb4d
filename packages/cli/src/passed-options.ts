import { resolve } from 'node:path';
import { isNnUNetError, usageError } from '@nnunet/errors';
import { listed, requireInteger } from '@nnunet/errors/internal';
import type { ExperimentRules, JobCommand, JobKind } from '@nnunet/experiment';
import type { Action, ArgumentParser } from 'argparse';
import type { Arguments, Command } from './command.ts';
import { CommandParser } from './command-parser.ts';
import { parseMemorySize } from './memory-size.ts';
import { commandsOf, type Passed, passedCommands } from './passed-commands.ts';

/** Options whose values are files; the commands may run in another folder. */
const FILES = new Set(['-overwrite_plans', '-pretrained_weights', '--plugin']);

/** A parser of a command alone, without the options that all commands have. */
function parserOf({ description, define }: Command, name = ''): CommandParser {
  const parser = new CommandParser(name, description);
  define(parser);
  return parser;
}

/** The passed options of a command. */
function actionsOf({ command, flags, more }: Passed): Action[] {
  const { actions } = parserOf(command);
  const own = actions.filter((action) => action.option_strings.some((flag) => flags.includes(flag)));
  return more === undefined ? own : [...own, ...actionsOf(more)];
}

/** Adds the options of the commands that an experiment consists of, by any rules. */
export function addPassedOptions(parser: ArgumentParser): void {
  const all = Object.values(passedCommands).flatMap((commands) => Object.values(commands).flatMap(actionsOf));
  const added = new Set<string>();
  for (const action of all) {
    const { dest, nargs, type, choices, metavar } = action;
    if (added.has(dest)) continue;
    added.add(dest);
    const spellings = new Set(all.flatMap((other) => (other.dest === dest ? other.option_strings : [])));
    const help = String(action.help).replaceAll('%(default)s', String(action.default));
    const takesNone = nargs === 0;
    const value = takesNone ? {} : { nargs: nargs ?? undefined, type: type ?? undefined, choices, metavar };
    const kind = takesNone ? 'store_true' : dest === 'plugin' ? 'append' : 'store';
    const [first, ...others] = [...spellings];
    parser.add_argument(first!, ...others, { dest, action: kind, help, ...value });
  }
}

/**
 * The options that were given, as words of each command.
 *
 * @throws NnUNetError 'usage' for those that no command of these rules has
 */
export function passedArguments(args: Arguments, rules: ExperimentRules): Partial<Record<JobKind, string[]>> {
  const own = Object.entries(commandsOf(rules)).map(([kind, passed]) => [kind, actionsOf(passed)] as const);
  const known = new Set(own.flatMap(([, actions]) => actions.map(({ dest }) => dest)));
  const others = Object.values(passedCommands).flatMap((commands) => Object.values(commands).flatMap(actionsOf));
  const foreign = others.filter((action) => !known.has(action.dest) && wordsOf(action, args).length > 0);
  if (foreign.length > 0) {
    const flags = listed([...new Set(foreign.map(({ option_strings: [flag] }) => flag!))]);
    throw usageError({
      what: `the commands of ${rules.name}, which this experiment consists of, do not have ${flags}`,
      remedy: `Leave out ${flags}.`,
    });
  }
  return Object.fromEntries(own.map(([kind, actions]) => [kind, actions.flatMap((action) => wordsOf(action, args))]));
}

function wordsOf({ dest, option_strings, nargs }: Action, args: Arguments): string[] {
  const [flag] = option_strings;
  const value = args[dest];
  if (value === undefined || value === null || value === false) return [];
  if (nargs === 0) return [flag!];
  const values = (Array.isArray(value) ? value : [value]).map((one) => (FILES.has(flag!) ? resolve(one) : String(one)));
  return nargs === '+' || Number(nargs) > 1 ? [flag!, ...values] : values.flatMap((one) => [flag!, one]);
}

/**
 * Checks the words of a command as it will when it runs, with the values that it checks only then.
 *
 * @throws NnUNetError 'usage'
 */
export async function checkWords(
  rules: ExperimentRules,
  kind: JobKind,
  { program, arguments: words }: JobCommand,
): Promise<void> {
  const parser = parserOf(commandsOf(rules)[kind]!.command, program);
  parser.add_argument('--root');
  const args = parsed(parser, kind, words);
  if (args.max_memory != null) parseMemorySize(args.max_memory, '--max_memory');
  requireInteger('sessions', args.sessions ?? args.num_gpus ?? undefined, 1);
  if (kind !== 'predict') return;
  const { checkPredictOptions } = await import('@nnunet/pipeline/internal');
  const { mode, mirror_axes: mirrorAxes, step_size: stepSize, part_id: partId, num_parts: numParts } = args;
  checkPredictOptions({ mode, mirrorAxes, stepSize: stepSize ?? undefined, partId, numParts, saveSoftmax: false });
  if ((mode ?? 'normal') === 'normal' || !args.save_npz) return;
  throw usageError({
    what: `\`mode\` ${mode} does not produce the probabilities that an ensemble is made from`,
    remedy: 'Use `mode` normal, or add `disableEnsembling`.',
  });
}

/** What the line itself says is parsed already: what is wrong now is in the settings file. */
function parsed(parser: CommandParser, kind: JobKind, words: readonly string[]): Arguments {
  try {
    return parser.parse(words);
  } catch (error) {
    if (!isNnUNetError(error, 'usage')) throw error;
    throw usageError({ what: error.what, where: `"arguments.${kind}" of the settings`, remedy: error.remedy });
  }
}
