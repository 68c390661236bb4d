import { usageError } from '@nnunet/errors';
import { listed, nearestNames } from '@nnunet/errors/internal';
import { type Action, type ArgumentOptions, ArgumentParser, ArgumentTypeError, SUPPRESS } from 'argparse';
import type { Arguments } from './command.ts';

/** Options whose value is itself an option, such as --partition=gpu, which argparse would take as one of the command's. */
const OF_OPTIONS = new Set(['--sbatch']);

/**
 * Parser of a command's arguments. Wrong arguments are usage errors; an unknown option is named before anything that is
 * missing because of it. As in v1, options may be abbreviated.
 */
export class CommandParser extends ArgumentParser {
  /** All arguments, in the order in which they were added. */
  readonly actions: Action[] = [];
  #given: readonly string[] = [];

  constructor(prog: string, description: string) {
    super({ prog, description, add_help: false });
    this.register('type', 'int', integer);
    this.register('type', 'float', number);
    this.add_argument('-h', '--help', { action: 'help', default: SUPPRESS, help: 'show this help message and exit' });
  }

  override add_argument(name: string, ...described: (string | ArgumentOptions)[]): Action {
    const action = super.add_argument(name, ...(described as string[]));
    this.actions.push(action);
    return action;
  }

  /** @throws NnUNetError 'usage' */
  parse(argv: readonly string[]): Arguments {
    this.#given = argv.flatMap((word, i) => joined(word, argv[i - 1], argv[i + 1]));
    return this.parse_args([...this.#given]);
  }

  override error(message: string): never {
    const end = this.#given.indexOf('--');
    const words = end < 0 ? this.#given : this.#given.slice(0, end);
    const unknown = words.map((word) => word.replace(/=.*/s, '')).filter((word) => this.#isUnknown(word));
    const [first] = unknown;
    if (first === undefined) throw usageError({ what: message });
    throw usageError({
      what: `there is no option ${listed(unknown)}`,
      remedy: nearestNames(first, this.#options(), 'See -h.'),
    });
  }

  /** A value may follow an option of one letter directly, as in -t4. */
  #isUnknown(word: string): boolean {
    if (!/^--?[a-z]\S*$/i.test(word) || this.#options().some((option) => option.startsWith(word))) return false;
    return word.startsWith('--') || !/^-\w[^a-z]/i.test(word) || !this.#options().includes(word.slice(0, 2));
  }

  #options(): string[] {
    return this.actions.flatMap((action) => action.option_strings);
  }
}

/** Writes an option and its value as one word where they must not be taken apart. */
function joined(word: string, before: string | undefined, after: string | undefined): string[] {
  if (OF_OPTIONS.has(word) && after !== undefined) return [`${word}=${after}`];
  return before !== undefined && OF_OPTIONS.has(before) ? [] : [word];
}

function integer(text: string): number {
  const value = /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new ArgumentTypeError(`${text} is not an integer`);
  // Not -0.
  return value + 0;
}

function number(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) throw new ArgumentTypeError(`${text} is not a number`);
  return value;
}
