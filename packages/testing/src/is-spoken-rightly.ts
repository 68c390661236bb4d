/**
 * Whether an error has each of its parts where people read it: the place first, then what is wrong, without a full stop,
 * then sentences that say what to do. An error whose texts were exchanged fails.
 */
export function isSpokenRightly(error: unknown, where: string): boolean {
  const { where: place = '', what = '', remedy } = error as { where?: string; what?: string; remedy?: string };
  return place.includes(where) && /[^.]$/.test(what) && (remedy === undefined || /^[A-Z].*\.$/s.test(remedy));
}
