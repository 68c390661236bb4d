import { PickleFault } from './bad-pickle.ts';
import { isTuple } from './containers.ts';
import { NumpyDtype } from './numpy-dtype.ts';
import { GlobalReference, Unfinished } from './pickle-global.ts';

/** A container on the way down, with what is left of its entries. */
interface Visit {
  container: object;
  rest: Iterator<unknown>;
  /** Levels below it that were seen so far. */
  height: number;
}

/**
 * Checks that a value is whole, without cycles, at most `depth` levels deep and free of classes. Each container is
 * looked at once, however often it stands in the value, and without recursion.
 * @throws PickleFault
 */
export function checkPlain(root: unknown, depth: number): void {
  const heights = new Map<object, number>();
  const path: Visit[] = [];
  const open = new Set<object>();

  function enter(value: unknown): void {
    const rest = entriesOf(value);
    if (rest === null) return;
    const container = value as object;
    if (open.has(container)) throw new PickleFault('a value that contains itself');
    const known = heights.get(container);
    if (known !== undefined) {
      leave(known);
      return;
    }
    if (path.length >= depth) throw tooDeep(depth);
    open.add(container);
    path.push({ container, rest, height: 0 });
  }
  function leave(height: number): void {
    const parent = path.at(-1);
    if (parent === undefined) return;
    parent.height = Math.max(parent.height, height + 1);
    if (path.length + parent.height > depth) throw tooDeep(depth);
  }

  enter(root);
  while (path.length > 0) {
    const visit = path[path.length - 1];
    const next = visit.rest.next();
    if (!next.done) {
      enter(next.value);
      continue;
    }
    path.pop();
    open.delete(visit.container);
    heights.set(visit.container, visit.height);
    leave(visit.height);
  }
}

function tooDeep(depth: number): PickleFault {
  return new PickleFault(`a value of more than ${depth} levels`);
}

/** The values of a container; null for what is none. */
function entriesOf(value: unknown): Iterator<unknown> | null {
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) return value.values();
  if (value instanceof Set) return value.values();
  if (value instanceof Map) return entriesOfMap(value);
  if (value instanceof Unfinished) throw new PickleFault('a NumPy array without content');
  if (value instanceof GlobalReference || value instanceof NumpyDtype) {
    throw new PickleFault(`a class or type (${value.name}) as a value, which is not read`);
  }
  return null;
}

function* entriesOfMap(map: Map<unknown, unknown>): Generator<unknown> {
  for (const [key, item] of map) {
    if (isTuple(key)) yield key;
    yield item;
  }
}
