import { alternatives } from './listed.ts';

/** Number of suggested names. */
const SHOWN = 3;

/**
 * Returns a remedy for an unknown name: the most similar known names, at most three, and how many there are in all; or
 * all of them if there are few.
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
    .filter(({ distance }) => distance < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.distance - b.distance || a.place - b.place);
  const shown = ranked.slice(0, SHOWN).map(({ other }) => other);
  if (shown.length === 0) return `None of the ${known.length} known names is similar.`;
  return `Did you mean ${alternatives(shown)}? There are ${known.length} in all.`;
}

/**
 * Letters to change, or infinity if the names are not similar. Tasks of the same number are the nearest; otherwise, the
 * numbers of tasks are disregarded if the rest is more similar than the whole.
 */
function distanceOf(name: string, other: string): number {
  const [number, bare] = partsOf(name);
  const [otherNumber, otherBare] = partsOf(other);
  if (number !== undefined && number === otherNumber) return 0;
  return Math.min(lettersToChange(name, other), lettersToChange(bare, otherBare));
}

/** The number of a task without leading zeros, and the name without it: task004_x as 4 and x. */
function partsOf(name: string): [number: string | undefined, bare: string] {
  const [start = '', number] = /^(?:task)?0*(\d+)(?:_|$)/.exec(name) ?? [];
  return [number, name.slice(start.length) || name];
}

/**
 * Levenshtein distance: letters to insert, delete or replace; infinity if that is more than a third of the letters.
 * Names that continue the given one count as near.
 */
export function lettersToChange(a: string, b: string): number {
  if (b.startsWith(a)) return a === b ? 0 : 1;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  const distance = row[b.length]!;
  return distance <= Math.ceil(a.length / 3) ? distance : Number.POSITIVE_INFINITY;
}
