import { alternatives } from './listed.ts';
import { usageError } from './nnunet-error.ts';

/**
 * Requires an option to be an integer in a range; undefined, for the default, is accepted.
 *
 * @param option name of the option, named in the message
 * @throws NnUNetError 'usage'
 */
export function requireInteger(option: string, value: number | undefined, least: number, most = Infinity): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  const range = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
  throw usageError({ what: `\`${option}\` must be ${least === most ? least : `an integer ${range}`}, not ${value}` });
}

/** Requires an option to be a finite number above 0; otherwise like {@link requireInteger}. */
export function requirePositive(option: string, value: number | undefined, most = Infinity): void {
  if (value === undefined || (value > 0 && value <= most && value < Infinity)) return;
  const limit = most === Infinity ? '' : ` and at most ${most}`;
  throw usageError({ what: `\`${option}\` must be a number greater than 0${limit}, not ${value}` });
}

/** Requires an option to be one of several words; otherwise like {@link requireInteger}. */
export function requireOneOf(option: string, value: string | undefined, words: readonly string[]): void {
  if (value === undefined || words.includes(value)) return;
  throw usageError({ what: `\`${option}\` must be ${alternatives(words)}, not ${value}` });
}
