import { PickleFault } from './bad-pickle.ts';
import { expectArguments, type PickleGlobal } from './pickle-global.ts';
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
  throw new PickleFault('a value that cannot be a key');
}

/** Tuples are frozen arrays, lists are not. */
export function isTuple(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && Object.isFrozen(value);
}

export function makeTuple(items: unknown[]): readonly unknown[] {
  return Object.freeze(items);
}

const orderedDict: PickleGlobal = {
  /** Nothing, or a list of [key, value] pairs. */
  construct(args, budget) {
    expectArguments(args, 0, 1);
    return makeMap(args.length === 0 ? [] : argumentList(args[0]), budget);
  },
  /** Attributes such as the `_metadata` of PyTorch's state dictionaries: not data, left out. */
  build: (value) => value,
};

const set: PickleGlobal = {
  construct(args, budget) {
    expectArguments(args, 0, 1);
    return makeSet(args.length === 0 ? [] : argumentList(args[0]), budget);
  },
};

const complex: PickleGlobal = {
  construct(args) {
    expectArguments(args, 2);
    const [real, imag] = args;
    if (typeof real !== 'number' || typeof imag !== 'number') throw new PickleFault('a complex number of no numbers');
    return { real, imag };
  },
};

/** `_codecs.encode(text, 'latin1')`: how protocol 2 writes bytes. */
const encode: PickleGlobal = {
  construct(args, budget) {
    expectArguments(args, 2);
    return latin1(args[0], args[1], budget);
  },
};

/** `bytes()`, `bytearray()`, `bytearray(b'…')`, `bytearray('…', 'latin-1')`. */
const bytes: PickleGlobal = {
  construct(args, budget) {
    expectArguments(args, 0, 2);
    if (args.length === 0) return new Uint8Array();
    if (args.length === 2) return latin1(args[0], args[1], budget);
    if (!(args[0] instanceof Uint8Array)) throw new PickleFault('bytes of something else');
    return args[0];
  },
};

/** A path of its parts, as text. */
function path(separator: '/' | '\\'): PickleGlobal {
  return {
    construct(args, budget) {
      let text = '';
      for (const part of args) {
        if (typeof part !== 'string') throw new PickleFault('a path with a part that is no text');
        text += text === '' || /[/\\]$/.test(text) ? part : separator + part;
      }
      budget.takeBytes(text.length);
      return text === '' ? '.' : text;
    },
  };
}

function argumentList(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new PickleFault('a list expected as argument');
  return value;
}

function latin1(text: unknown, encoding: unknown, budget: PickleBudget): Uint8Array {
  if (typeof text !== 'string' || (encoding !== 'latin1' && encoding !== 'latin-1')) {
    throw new PickleFault('a text to encode otherwise than as latin1');
  }
  budget.takeBytes(text.length);
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 255) throw new PickleFault('a text that is not latin1');
    out[i] = code;
  }
  return out;
}

/** What Python's own library contributes; Python 2 called `builtins` `__builtin__`. */
export const pythonGlobals: readonly (readonly [string, PickleGlobal])[] = [
  ['collections.OrderedDict', orderedDict],
  ['_codecs.encode', encode],
  ...['builtins', '__builtin__'].flatMap((module): [string, PickleGlobal][] => [
    [`${module}.set`, set],
    [`${module}.frozenset`, set],
    [`${module}.complex`, complex],
    [`${module}.bytes`, bytes],
    [`${module}.bytearray`, bytes],
  ]),
  ...['pathlib', 'pathlib._local'].flatMap((module): [string, PickleGlobal][] => [
    [`${module}.PosixPath`, path('/')],
    [`${module}.PurePosixPath`, path('/')],
    [`${module}.Path`, path('/')],
    [`${module}.WindowsPath`, path('\\')],
    [`${module}.PureWindowsPath`, path('\\')],
  ]),
];
