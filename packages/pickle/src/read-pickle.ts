import { messageOf } from '@nnunet/errors/internal';
import { BadPickle, isBadPickle, PickleFault } from './bad-pickle.ts';
import { numpyGlobals } from './numpy-array.ts';
import { NumpyDtype } from './numpy-elements.ts';
import { GlobalReference, type PickleGlobal, Unfinished } from './pickle-global.ts';
import { defaultLimits, PickleBudget, type PickleLimits } from './pickle-limits.ts';
import { PickleMachine } from './pickle-machine.ts';
import { isTuple, pythonGlobals } from './python-values.ts';

export interface ReadPickleOptions {
  /**
   * Handlers of additional names, by full name such as 'torch.FloatStorage'. They take precedence over the built-in
   * ones.
   */
  globals?: Readonly<Record<string, PickleGlobal>>;
  /** Returns the value of a persistent id. If omitted, persistent ids are errors. */
  persistentId?(id: unknown): unknown;
  limits?: Partial<PickleLimits>;
  /** File name for errors. */
  where?: string;
}

const builtIn: ReadonlyMap<string, PickleGlobal> = new Map([...pythonGlobals, ...numpyGlobals]);

/**
 * Reads a pickle (protocols 2 to 5) as plain data. Nothing named in the file is ever resolved or called: a name is a
 * key of a table of known names, and any other name is an error.
 *
 * | Python | here |
 * |---|---|
 * | None, bool, str, float | null, boolean, string, number |
 * | int | number, or bigint beyond ±(2^53 − 1) |
 * | bytes, bytearray | Uint8Array |
 * | list; tuple | array; frozen array |
 * | dict, OrderedDict | Map, in order |
 * | set, frozenset | Set |
 * | complex | { real, imag } |
 * | pathlib path | string |
 * | NumPy scalar | as the Python value |
 * | NumPy array of numbers | {@link PickledArray}: data, shape, dtype; row-major |
 * | NumPy array of strings or objects | nested arrays |
 *
 * The result has no cycles, but parts of it may be shared. Bytes after the end are ignored, as in Python.
 * @throws NnUNetError 'bad-pickle' ({@link BadPickle}, with the offset) and no other error
 */
export function readPickle(bytes: Uint8Array, options: ReadPickleOptions = {}): unknown {
  return readPickleAt(bytes, 0, options).value;
}

/**
 * Reads one pickle within a longer stream, like {@link readPickle}, starting at byte `at`; also returns the offset
 * after its end.
 */
export function readPickleAt(
  bytes: Uint8Array,
  at: number,
  options: ReadPickleOptions = {},
): { value: unknown; end: number } {
  const { persistentId, where } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const globals = new Map([...builtIn, ...Object.entries(options.globals ?? {})]);
  // A plain Uint8Array, because a slice of a Buffer does not copy.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const budget = new PickleBudget(plain.length, limits);
  const machine = new PickleMachine(plain, at, { globals, persistentId, limits, budget });
  try {
    const value = machine.run();
    checkPlain(value, limits.depth);
    return { value, end: machine.at };
  } catch (cause) {
    if (isBadPickle(cause)) throw cause;
    const what = messageOf(cause);
    const { truncated } = Object(cause) as Partial<PickleFault>;
    throw new BadPickle({ what, where, offset: machine.started, truncated, cause });
  }
}

/** A container being traversed, with its remaining entries. */
interface Visit {
  container: object;
  rest: Iterator<unknown>;
  /** Number of levels found below it so far. */
  height: number;
}

/**
 * Checks that a value is complete, acyclic, at most `depth` levels deep and free of classes. Visits each container
 * once, however often it is shared, and without recursion.
 * @throws PickleFault
 */
function checkPlain(root: unknown, depth: number): void {
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
  for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
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

/** Returns the values of a container; null for other values. */
function entriesOf(value: unknown): Iterator<unknown> | null {
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) return value.values();
  if (value instanceof Set) return value.values();
  if (value instanceof Map) return entriesOfMap(value);
  if (value instanceof Unfinished) throw new PickleFault('a NumPy array without content');
  if (value instanceof GlobalReference || value instanceof NumpyDtype) {
    throw new PickleFault(`a class or type (${value.name}) as a value, which is not supported`);
  }
  return null;
}

function* entriesOfMap(map: Map<unknown, unknown>): Generator<unknown> {
  for (const [key, item] of map) {
    if (isTuple(key)) yield key;
    yield item;
  }
}
