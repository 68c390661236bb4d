import { concatenate } from '@nnunet/tensor/internal';
import { isTuple } from './python-values.ts';

/** A class or function of Python, or with arguments the result of calling it. */
export class PythonGlobal {
  /**
   * @param module for example 'collections'
   * @param name for example 'OrderedDict'
   * @param args of the call
   */
  constructor(
    readonly module: string,
    readonly name: string,
    readonly args?: readonly unknown[],
  ) {}
}

/** A value that is kept outside the pickle, under this id. */
export class PersistentId {
  constructor(readonly id: unknown) {}
}

export interface WritePickleOptions {
  /** Returns what is written in place of an object; undefined for the object itself. */
  replace?: (value: object) => unknown;
}

/**
 * Writes plain data as a Python pickle of protocol 2, the inverse of `readPickle`: Maps and plain objects become
 * dictionaries, frozen arrays tuples, other arrays lists, safe integers and bigints int, other numbers float. An object
 * that occurs twice is written twice.
 *
 * @throws TypeError for other values, such as undefined, functions and dates
 */
export function writePickle(value: unknown, { replace = () => undefined }: WritePickleOptions = {}): Uint8Array {
  const pieces: Uint8Array[] = [];
  const push = (...bytes: number[]) => void pieces.push(Uint8Array.from(bytes));

  function write(value: unknown): void {
    if (value === null) push(NONE);
    else if (typeof value === 'boolean') push(value ? NEWTRUE : NEWFALSE);
    else if (typeof value === 'number') writeNumber(value);
    else if (typeof value === 'bigint') writeInteger(value);
    else if (typeof value === 'string') writeText(value);
    else if (typeof value === 'object') writeObject(value, replace(value));
    else throw unsupported(typeof value);
  }

  function writeNumber(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) writeInteger(BigInt(value));
    else push(BINFLOAT, ...bytesOf(8, (view) => view.setFloat64(0, value)));
  }

  function writeInteger(value: bigint): void {
    const digits = twosComplement(value);
    if (BigInt.asUintN(8, value) === value) push(BININT1, Number(value));
    else if (digits.length <= 4) push(BININT, ...bytesOf(4, (view) => view.setInt32(0, Number(value), true)));
    else if (digits.length <= 255) push(LONG1, digits.length, ...digits);
    else throw unsupported('an integer of more than 255 bytes');
  }

  function writeText(text: string): void {
    const bytes = new TextEncoder().encode(text);
    push(BINUNICODE, ...bytesOf(4, (view) => view.setUint32(0, bytes.length, true)));
    pieces.push(bytes);
  }

  function writeObject(value: object, replacement: unknown): void {
    if (replacement !== undefined) write(replacement);
    else if (value instanceof PythonGlobal) writeGlobal(value);
    else if (value instanceof PersistentId) {
      write(value.id);
      push(BINPERSID);
    } else if (isTuple(value)) writeItems(value, TUPLE);
    else if (Array.isArray(value)) {
      push(EMPTY_LIST);
      writeItems(value, APPENDS);
    } else {
      push(EMPTY_DICT);
      writeItems(entriesOf(value).flat(), SETITEMS);
    }
  }

  function writeItems(items: readonly unknown[], end: number): void {
    push(MARK);
    for (const item of items) write(item);
    push(end);
  }

  function writeGlobal({ module, name, args }: PythonGlobal): void {
    push(GLOBAL, ...new TextEncoder().encode(`${module}\n${name}\n`));
    if (args === undefined) return;
    writeItems(args, TUPLE);
    push(REDUCE);
  }

  push(PROTO, 2);
  write(value);
  push(STOP);
  return concatenate(pieces);
}

const PROTO = 0x80;
const STOP = 0x2e;
const MARK = 0x28;
const NONE = 0x4e;
const NEWTRUE = 0x88;
const NEWFALSE = 0x89;
const BININT = 0x4a;
const BININT1 = 0x4b;
const LONG1 = 0x8a;
const BINFLOAT = 0x47;
const BINUNICODE = 0x58;
const EMPTY_LIST = 0x5d;
const EMPTY_DICT = 0x7d;
const APPENDS = 0x65;
const SETITEMS = 0x75;
const TUPLE = 0x74;
const GLOBAL = 0x63;
const REDUCE = 0x52;
const BINPERSID = 0x51;

function bytesOf(count: number, set: (view: DataView) => void): Uint8Array {
  const view = new DataView(new ArrayBuffer(count));
  set(view);
  return new Uint8Array(view.buffer);
}

/** Little endian, with the sign in the highest bit. */
function twosComplement(value: bigint): number[] {
  const digits: number[] = [];
  let rest = value;
  do {
    digits.push(Number(BigInt.asUintN(8, rest)));
    rest >>= 8n;
  } while (rest !== (digits.at(-1)! < 128 ? 0n : -1n));
  return digits;
}

function entriesOf(value: object): [unknown, unknown][] {
  if (value instanceof Map) return [...value];
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return Object.entries(value);
  throw unsupported(`a ${value.constructor?.name ?? 'strange object'}`);
}

function unsupported(what: string): TypeError {
  return new TypeError(`a pickle cannot contain ${what}`);
}
