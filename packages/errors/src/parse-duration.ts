import { usageError } from './nnunet-error.ts';

/**
 * Parses "90s", "30m" or "2h" into seconds.
 *
 * @param where the option, for the message
 * @throws NnUNetError 'usage'
 */
export function parseDuration(text: string, where: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(s|m|min|h)$/.exec(text.trim());
  if (match === null)
    throw usageError({
      what: /^[\d.]+$/.test(text.trim()) ? `"${text}" has no unit` : `"${text}" is not a duration`,
      where,
      remedy: 'Write, for example, 90s, 30m or 2h.',
    });
  const unit = { s: 1, m: 60, min: 60, h: 3600 }[match[2]!]!;
  return Number(match[1]) * unit;
}
