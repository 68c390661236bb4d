import { kinds } from './make-changes.mjs';

/** Numbers in [0, 1) (mulberry32), so that a choice can be repeated with its seed. */
export function seededRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * How many changes each package gets: three, and of the others as many as its share of the lines.
 *
 * @param {Map<string, number>} lines of each package
 * @param {number} count
 * @returns {Map<string, number>}
 */
export function shareOut(lines, count) {
  const least = Math.min(3, Math.floor(count / lines.size));
  const all = [...lines.values()].reduce((sum, number) => sum + number, 0);
  const exact = [...lines].map(([name, number]) => [name, ((count - least * lines.size) * number) / all]);
  const shares = new Map(exact.map(([name, share]) => [name, least + Math.floor(share)]));
  let left = count - [...shares.values()].reduce((sum, share) => sum + share, 0);
  for (const [name] of exact.toSorted(([, a], [, b]) => (b % 1) - (a % 1)))
    if (left-- > 0) shares.set(name, shares.get(name) + 1);
  return shares;
}

/**
 * Draws changes one after the other: of a kind that is drawn first, so that constants, the most numerous, do not crowd
 * out the others.
 *
 * @param {import('./make-changes.mjs').Change[]} changes
 * @param {() => number} random
 */
export function* drawChanges(changes, random) {
  const left = kinds.map((kind) => changes.filter((change) => change.kind === kind)).filter((of) => of.length > 0);
  while (left.length > 0) {
    const index = Math.floor(random() * left.length);
    const [change] = left[index].splice(Math.floor(random() * left[index].length), 1);
    if (left[index].length === 0) left.splice(index, 1);
    yield change;
  }
}

/** The package of a path of the repository. */
export const packageOf = (file) => file.split('/')[1];

/** @template T @param {T[]} items @param {(item: T) => string} keyOf @returns {Map<string, T[]>} */
export function grouped(items, keyOf) {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/**
 * One list of several, each spread evenly over it: what was done when a run is stopped early is a sample of all.
 *
 * @template T @param {T[][]} lists @returns {T[]}
 */
export function inTurns(lists) {
  const placed = lists.flatMap((list) => list.map((item, i) => ({ item, place: (i + 0.5) / list.length })));
  return placed.sort((a, b) => a.place - b.place).map(({ item }) => item);
}
