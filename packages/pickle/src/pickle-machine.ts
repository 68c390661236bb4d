import { PickleFault } from './bad-pickle.ts';
import { ByteReader } from './byte-reader.ts';
import { GlobalReference, type PickleGlobal } from './pickle-global.ts';
import type { PickleBudget, PickleLimits } from './pickle-limits.ts';
import { PickleMemo, PickleStack } from './pickle-stack.ts';
import { checkKey, isTuple, makeSet, makeTuple } from './python-values.ts';

export interface PickleMachineOptions {
  /** What names mean. */
  globals: ReadonlyMap<string, PickleGlobal>;
  persistentId: ((id: unknown) => unknown) | undefined;
  limits: PickleLimits;
  budget: PickleBudget;
}

/** What the instructions of one pickle work on. */
interface PickleState extends PickleMachineOptions {
  /** Stands after the byte of the instruction. */
  readonly reader: ByteReader;
  readonly stack: PickleStack;
  readonly memo: PickleMemo;
  /** What made a value, for its state. */
  readonly makers: WeakMap<object, PickleGlobal>;
}

/** Carries out the instructions of one pickle. */
export class PickleMachine {
  /** Byte of the current instruction. */
  started: number;
  readonly #state: PickleState;

  constructor(bytes: Uint8Array, at: number, options: PickleMachineOptions) {
    this.started = at;
    this.#state = {
      ...options,
      reader: new ByteReader(bytes, at),
      stack: new PickleStack(options.limits.marks),
      memo: new PickleMemo(options.budget),
      makers: new WeakMap(),
    };
  }

  /** Byte after the last instruction. */
  get at(): number {
    return this.#state.reader.at;
  }

  run(): unknown {
    const { reader, stack, limits } = this.#state;
    if (reader.uint8() !== PROTO) throw new PickleFault('it does not start as a pickle of protocol 2 or later');
    readProtocol(this.#state);
    for (let count = 0; ; count++) {
      if (count >= limits.operations) throw new PickleFault(`more than ${count} instructions`);
      this.started = reader.at;
      const code = reader.uint8();
      if (code === STOP) return stack.result();
      const instruction = instructions[code];
      if (instruction === undefined) {
        throw new PickleFault(`an unsupported instruction (0x${code.toString(16).padStart(2, '0')})`);
      }
      instruction(this.#state);
    }
  }
}

type Instruction = (state: PickleState) => void;
type Length = (reader: ByteReader) => number;
type Take = (stack: PickleStack) => unknown[];

const u8: Length = (reader) => reader.uint8();
const u32: Length = (reader) => reader.uint32();
const u64: Length = (reader) => reader.uint64();
const toMark: Take = (stack) => stack.popToMark();
const last =
  (count: number): Take =>
  (stack) =>
    stack.popMany(count);

const PROTO = 0x80;
const STOP = 0x2e;

/** The instructions of protocols 2 to 5 that are known here, by their byte, with the names of Python's pickletools. */
const instructions: Readonly<Record<number, Instruction>> = {
  78: value(() => null), // NONE
  136: value(() => true), // NEWTRUE
  137: value(() => false), // NEWFALSE
  74: value((reader) => reader.int32()), // BININT
  75: value(u8), // BININT1
  77: value((reader) => reader.uint16()), // BININT2
  138: integer(u8), // LONG1
  139: integer(u32), // LONG4
  71: value((reader) => reader.float64()), // BINFLOAT
  140: text(u8), // SHORT_BINUNICODE
  88: text(u32), // BINUNICODE
  141: text(u64), // BINUNICODE8
  85: asciiText(u8), // SHORT_BINSTRING
  84: asciiText(u32), // BINSTRING
  67: bytes(u8), // SHORT_BINBYTES
  66: bytes(u32), // BINBYTES
  142: bytes(u64), // BINBYTES8
  150: bytes(u64), // BYTEARRAY8

  93: value(() => []), // EMPTY_LIST
  41: value(() => makeTuple([])), // EMPTY_TUPLE
  125: value(() => new Map()), // EMPTY_DICT
  143: value(() => new Set()), // EMPTY_SET
  133: container(last(1), makeTuple), // TUPLE1
  134: container(last(2), makeTuple), // TUPLE2
  135: container(last(3), makeTuple), // TUPLE3
  116: container(toMark, makeTuple), // TUPLE
  108: container(toMark, (items) => items), // LIST
  100: container(toMark, (items, budget) => addPairs(new Map(), items, budget)), // DICT
  145: container(toMark, makeSet), // FROZENSET
  97: fill(last(1), addItems), // APPEND
  101: fill(toMark, addItems), // APPENDS
  115: fill(last(2), addPairs), // SETITEM
  117: fill(toMark, addPairs), // SETITEMS
  144: fill(toMark, addMembers), // ADDITEMS

  40: ({ stack }) => stack.mark(), // MARK
  48: ({ stack }) => stack.drop(), // POP
  49: ({ stack }) => void stack.popToMark(), // POP_MARK
  50: ({ stack }) => stack.push(stack.top()), // DUP
  104: ({ reader, stack, memo }) => stack.push(memo.get(reader.uint8())), // BINGET
  106: ({ reader, stack, memo }) => stack.push(memo.get(reader.uint32())), // LONG_BINGET
  113: ({ reader, stack, memo }) => memo.put(reader.uint8(), stack.top()), // BINPUT
  114: ({ reader, stack, memo }) => memo.put(reader.uint32(), stack.top()), // LONG_BINPUT
  148: ({ stack, memo }) => memo.append(stack.top()), // MEMOIZE
  [PROTO]: readProtocol,
  // Frames only group what follows; their length is checked by every read.
  149: ({ reader }) => void reader.skip(8), // FRAME

  99: (state) => pushName(state, state.reader.line(1024), state.reader.line(1024)), // GLOBAL
  147: (state) => pushName(state, ...(state.stack.popMany(2) as [unknown, unknown])), // STACK_GLOBAL
  82: call, // REDUCE
  129: call, // NEWOBJ
  98: build, // BUILD
  81: persistent, // BINPERSID
};

function value(read: (reader: ByteReader, limits: PickleLimits) => unknown): Instruction {
  return ({ reader, stack, limits }) => stack.push(read(reader, limits));
}

function integer(length: Length): Instruction {
  return value((reader, { integerBytes }) => reader.integer(length(reader), integerBytes));
}

function text(length: Length): Instruction {
  return value((reader, { textBytes }) => reader.text(length(reader), textBytes));
}

/** Python 2's str: text where it is ASCII, otherwise its meaning is unknown. */
function asciiText(length: Length): Instruction {
  return value((reader, { textBytes }) => {
    const block = reader.block(length(reader), textBytes);
    if (block.some((b) => b > 127)) throw new PickleFault('a Python 2 string that is not ASCII');
    return new TextDecoder().decode(block);
  });
}

function bytes(length: Length): Instruction {
  return value((reader, { blockBytes }) => reader.block(length(reader), blockBytes).slice());
}

function container(take: Take, make: (items: unknown[], budget: PickleBudget) => unknown): Instruction {
  return ({ stack, budget }) => stack.push(make(take(stack), budget));
}

/** Puts items into the container that lies below them. */
function fill(take: Take, add: (container: unknown, items: unknown[], budget: PickleBudget) => void): Instruction {
  return ({ stack, budget }) => {
    const items = take(stack);
    add(stack.top(), items, budget);
  };
}

function addItems(list: unknown, items: unknown[], budget: PickleBudget): void {
  if (!Array.isArray(list) || Object.isFrozen(list)) throw new PickleFault('a list expected');
  budget.takeItems(items.length);
  for (const item of items) list.push(item);
}

/** @param items keys and values by turns */
function addPairs(map: unknown, items: unknown[], budget: PickleBudget): unknown {
  if (!(map instanceof Map)) throw new PickleFault('a dictionary expected');
  if (items.length % 2 !== 0) throw new PickleFault('a key without a value');
  budget.takeItems(items.length);
  for (let i = 0; i < items.length; i += 2) map.set(checkKey(items[i]), items[i + 1]);
  return map;
}

function addMembers(set: unknown, items: unknown[], budget: PickleBudget): void {
  if (!(set instanceof Set)) throw new PickleFault('a set expected');
  for (const item of makeSet(items, budget)) set.add(item);
}

/** @throws PickleFault for a version that is not read */
function readProtocol({ reader }: PickleState): void {
  const version = reader.uint8();
  if (version < 2 || version > 5) throw new PickleFault(`protocol ${version}; 2 to 5 are read`);
}

function pushName({ stack, globals }: PickleState, module: unknown, name: unknown): void {
  if (typeof module !== 'string' || typeof name !== 'string') throw new PickleFault('a name that is not a string');
  const full = `${module}.${name}`;
  const global = globals.get(full);
  if (global === undefined) {
    const shown = full.length > 100 ? `${full.slice(0, 100)}…` : full;
    throw new PickleFault(`it names ${JSON.stringify(shown)}, which is not supported`);
  }
  stack.push(global.value !== undefined ? global.value : new GlobalReference(full, global));
}

function call({ stack, budget, makers }: PickleState): void {
  const [callee, args] = stack.popMany(2);
  if (!(callee instanceof GlobalReference)) throw new PickleFault('a call of something that is not a name');
  const { global, name } = callee;
  if (global.construct === undefined) throw new PickleFault(`a call of ${name}`);
  if (!isTuple(args)) throw new PickleFault(`a call of ${name} without its arguments`);
  const value = global.construct(args, budget);
  if (typeof value === 'object' && value !== null) makers.set(value, global);
  stack.push(value);
}

/** Gives the value on the stack its state. */
function build({ stack, memo, budget, makers }: PickleState): void {
  const [state] = stack.popMany(1);
  const value = stack.top();
  const maker = typeof value === 'object' && value !== null ? makers.get(value) : undefined;
  if (maker?.build === undefined) throw new PickleFault('a state for something that has none');
  const built = maker.build(value, state, budget);
  if (built === value) return;
  stack.replaceTop(built);
  memo.finish(value, built);
}

function persistent({ stack, persistentId }: PickleState): void {
  const [id] = stack.popMany(1);
  if (persistentId === undefined) throw new PickleFault('a persistent id, which means nothing in this file');
  stack.push(persistentId(id));
}
