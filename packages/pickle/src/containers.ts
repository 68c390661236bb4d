import { PickleFault } from './bad-pickle.ts';
import type { PickleBudget } from './pickle-limits.ts';

/** Dictionary from [key, value] pairs. */
export function makeMap(pairs: readonly unknown[], budget: PickleBudget): Map<unknown, unknown> {
  budget.takeItems(pairs.length);
  const map = new Map<unknown, unknown>();
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) throw new PickleFault('pairs of key and value expected');
    map.set(checkKey(pair[0]), pair[1]);
  }
  return map;
}

export function makeSet(items: readonly unknown[], budget: PickleBudget): Set<unknown> {
  budget.takeItems(items.length);
  const set = new Set<unknown>();
  for (const item of items) set.add(checkKey(item));
  return set;
}

/** Keys of dictionaries and members of sets: plain values, or tuples (compared by identity). */
export function checkKey(key: unknown): unknown {
  const plain = key === null || (typeof key !== 'object' && typeof key !== 'undefined');
  if (plain || key instanceof Uint8Array || isTuple(key)) return key;
  throw new PickleFault('a key of a kind that cannot be one');
}

/** Tuples are frozen arrays, lists are not. */
export function isTuple(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && Object.isFrozen(value);
}

export function makeTuple(items: unknown[]): readonly unknown[] {
  return Object.freeze(items);
}

export function expectList(value: unknown): unknown[] {
  if (Array.isArray(value) && !Object.isFrozen(value)) return value;
  throw new PickleFault('a list expected');
}

export function expectMap(value: unknown): Map<unknown, unknown> {
  if (value instanceof Map) return value;
  throw new PickleFault('a dictionary expected');
}

export function expectSet(value: unknown): Set<unknown> {
  if (value instanceof Set) return value;
  throw new PickleFault('a set expected');
}
