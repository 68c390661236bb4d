/** Number of suggested names. */
const SHOWN = 3;

/**
 * Returns a remedy for an unknown name: the three most similar known names and how many there are, or all of them if
 * there are few.
 *
 * @param more a sentence that says where other names come from or are listed
 */
export function nearestNames(name: string, known: readonly string[], more = ''): string {
  const sentence = known.length === 0 ? 'There are none.' : nearest(name, known);
  return more === '' ? sentence : `${sentence} ${more}`;
}

function nearest(name: string, known: readonly string[]): string {
  if (known.length <= SHOWN + 2) return `Available: ${known.join(', ')}.`;
  const ranked = known
    .map((other, place) => ({ other, place, distance: distanceOf(name.toLowerCase(), other.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance || a.place - b.place);
  const shown = ranked.slice(0, SHOWN).map(({ other }) => other);
  return `Did you mean ${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}? There are ${known.length} in all.`;
}

/** Levenshtein distance: letters to insert, delete or replace. Names that continue the given one count as near. */
function distanceOf(a: string, b: string): number {
  if (b.startsWith(a)) return a === b ? 0 : 1;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
