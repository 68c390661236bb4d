import { resolve } from 'node:path';
import { isNnUNetError, usageError } from '@nnunet/errors';
import { requireInteger } from '@nnunet/errors/internal';
import type { JobKind } from '@nnunet/experiment';
import type { Action, ArgumentParser } from 'argparse';
import type { Arguments, Command } from './command.ts';
import { CommandParser } from './command-parser.ts';
import { command as ensemble } from './commands/ensemble.ts';
import { command as evaluate } from './commands/evaluate-folder.ts';
import { command as choose } from './commands/find-best-configuration.ts';
import { command as prepare } from './commands/plan-and-preprocess.ts';
import { command as predict } from './commands/predict.ts';
import { command as report } from './commands/report.ts';
import { command as train } from './commands/train.ts';
import { parseMemorySize } from './memory-size.ts';

/** The options of an experiment's commands that nnUNet_run takes, too, and passes on. */
const PASSED: Record<JobKind, { command: Command; flags: readonly string[] }> = {
  prepare: {
    command: prepare,
    flags: [
      ...['-pl3d', '-pl2d', '-tl', '-tf', '--verify_dataset_integrity', '--strict_geometry', '--gpu_memory_target'],
      ...['--how_much_of_a_patient', '-overwrite_plans', '-overwrite_plans_identifier', '--plugin'],
    ],
  },
  train: {
    command: train,
    flags: [
      ...['--epochs', '--iterations_per_epoch', '--val_iterations_per_epoch', '--batch_size', '--lr', '--seed'],
      ...[
        '--time_budget',
        '-pretrained_weights',
        '--partial',
        '--sessions',
        '--max_memory',
        '--device',
        '--plugin',
        '--log_to',
      ],
    ],
  },
  choose: {
    command: choose,
    flags: ['--disable_ensembling', '--disable_postprocessing', '--rescore', '--device'],
  },
  predict: {
    command: predict,
    flags: [
      ...['--preset', '--disable_tta', '--mirror_axes', '--step_size', '--tiles', '--mode', '--keep_format'],
      ...['--overwrite_existing', '--strict_geometry', '--max_memory', '--device', '--plugin'],
    ],
  },
  merge: { command: ensemble, flags: ['--strict_geometry', '--max_memory'] },
  evaluate: { command: evaluate, flags: ['--strict_geometry', '--plugin'] },
  report: { command: report, flags: ['--plugin'] },
};

/** Options whose values are files; the commands may run in another folder. */
const FILES = new Set(['-overwrite_plans', '-pretrained_weights', '--plugin']);

const KINDS = Object.keys(PASSED) as JobKind[];

/** A parser of a command alone, without the options that all commands have. */
function parserOf({ description, define }: Command, name = ''): CommandParser {
  const parser = new CommandParser(name, description);
  define(parser);
  return parser;
}

/** The passed options of a kind of job. */
function actionsOf(kind: JobKind): Action[] {
  const { command, flags } = PASSED[kind];
  return parserOf(command).actions.filter((action) => action.option_strings.some((flag) => flags.includes(flag)));
}

/** Adds the options of the commands that an experiment consists of. */
export function addPassedOptions(parser: ArgumentParser): void {
  const added = new Set<string>();
  for (const action of KINDS.flatMap(actionsOf)) {
    const { option_strings, dest, nargs, type, choices, metavar } = action;
    if (added.has(dest)) continue;
    added.add(dest);
    const help = String(action.help).replaceAll('%(default)s', String(action.default));
    const takesNone = nargs === 0;
    const value = takesNone ? {} : { nargs: nargs ?? undefined, type: type ?? undefined, choices, metavar };
    const kind = takesNone ? 'store_true' : dest === 'plugin' ? 'append' : 'store';
    const [first, ...others] = option_strings;
    parser.add_argument(first!, ...others, { dest, action: kind, help, ...value });
  }
}

/** The options that were given, as words of each command. */
export function passedArguments(args: Arguments): Partial<Record<JobKind, string[]>> {
  return Object.fromEntries(KINDS.map((kind) => [kind, actionsOf(kind).flatMap((action) => wordsOf(action, args))]));
}

function wordsOf({ dest, option_strings, nargs }: Action, args: Arguments): string[] {
  const [flag] = option_strings;
  const value = args[dest];
  if (value === undefined || value === null || value === false) return [];
  if (nargs === 0) return [flag!];
  const values = (Array.isArray(value) ? value : [value]).map((one) => (FILES.has(flag!) ? resolve(one) : String(one)));
  return nargs === '+' ? [flag!, ...values] : values.flatMap((one) => [flag!, one]);
}

/**
 * Checks the words of a command as it will when it runs, with the values that it checks only then.
 *
 * @throws NnUNetError 'usage'
 */
export async function checkWords(kind: JobKind, name: string, words: readonly string[]): Promise<void> {
  const parser = parserOf(PASSED[kind].command, name);
  parser.add_argument('--root');
  const args = parsed(parser, kind, words);
  if (args.max_memory != null) parseMemorySize(args.max_memory, '--max_memory');
  requireInteger('sessions', args.sessions ?? undefined, 1);
  if (kind !== 'predict') return;
  const { checkPredictOptions } = await import('@nnunet/pipeline/internal');
  const { mode, mirror_axes: mirrorAxes, step_size: stepSize, part_id: partId, num_parts: numParts } = args;
  checkPredictOptions({ mode, mirrorAxes, stepSize: stepSize ?? undefined, partId, numParts, saveSoftmax: false });
  if (mode === 'normal' || !args.save_npz) return;
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
