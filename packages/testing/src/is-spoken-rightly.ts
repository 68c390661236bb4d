/**
 * Whether an error has all its parts in reading order: the place, what is wrong (without a full stop), then sentences
 * that say what to do. Fails if the parts were swapped.
 */
export function isSpokenRightly(error: unknown, where: string): boolean {
  const { where: place = '', what = '', remedy } = error as { where?: string; what?: string; remedy?: string };
  return place.includes(where) && /[^.]$/.test(what) && (remedy === undefined || /^[A-Z].*\.$/s.test(remedy));
}
