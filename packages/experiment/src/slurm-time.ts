/** Seconds that a job is left for saving. */
const TO_SAVE = 180;

/**
 * Seconds before its end at which a job begins to save: three minutes, or a tenth of a shorter limit.
 *
 * @param limit seconds that the job may run; null if unknown
 */
export function secondsToSave(limit: number | null): number {
  return limit === null ? TO_SAVE : Math.min(TO_SAVE, Math.max(1, Math.round(limit / 10)));
}

/**
 * Parses a duration as Slurm writes it ('5', '5:30', '1:05:30', '2-3', '2-03:05:30') into seconds; null for others, such as
 * UNLIMITED.
 */
export function parseSlurmTime(text: string): number | null {
  const [, days, first, second, third] = /^(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?$/.exec(text) ?? [];
  if (first === undefined) return null;
  const [a, b, c] = [Number(first), Number(second ?? 0), Number(third ?? 0)];
  // days-hours:minutes:seconds; without days, hours need two colons.
  if (days !== undefined) return 86400 * Number(days) + 3600 * a + 60 * b + c;
  if (third !== undefined) return 3600 * a + 60 * b + c;
  return 60 * a + b;
}
