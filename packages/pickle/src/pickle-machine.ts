import { PickleFault } from './bad-pickle.ts';
import { ByteReader } from './byte-reader.ts';
import { checkKey, expectList, expectMap, expectSet, isTuple, makeSet, makeTuple } from './containers.ts';
import { GlobalReference, type PickleGlobal, Unfinished } from './pickle-global.ts';
import type { PickleBudget, PickleLimits } from './pickle-limits.ts';
import { Op } from './pickle-opcodes.ts';
import { PickleStack } from './pickle-stack.ts';
import { readPlainValue } from './plain-value.ts';

export interface PickleMachineOptions {
  globals: ReadonlyMap<string, PickleGlobal>;
  persistentId: ((id: unknown) => unknown) | undefined;
  limits: PickleLimits;
  budget: PickleBudget;
}

/** Carries out the instructions of one pickle. */
export class PickleMachine {
  /** Byte of the current instruction. */
  started: number;
  readonly #options: PickleMachineOptions;
  readonly #reader: ByteReader;
  readonly #stack: PickleStack;
  readonly #memo = new Map<number, unknown>();
  /** What made a value, for its state. */
  readonly #makers = new WeakMap<object, PickleGlobal>();

  constructor(bytes: Uint8Array, at: number, options: PickleMachineOptions) {
    this.#options = options;
    this.#reader = new ByteReader(bytes, at);
    this.#stack = new PickleStack(options.limits.marks);
    this.started = at;
  }

  /** Byte after the last instruction. */
  get at(): number {
    return this.#reader.at;
  }

  run(): unknown {
    const reader = this.#reader;
    if (reader.uint8() !== Op.protocol) {
      throw new PickleFault('it does not start as a pickle of protocol 2 or later');
    }
    this.#protocol();
    for (let count = 0; ; count++) {
      if (count >= this.#options.limits.operations) throw new PickleFault(`more than ${count} instructions`);
      this.started = reader.at;
      const code = reader.uint8();
      if (code === Op.stop) return this.#stack.result();
      this.#step(code);
    }
  }

  #step(code: number): void {
    if (!(this.#plainValue(code) || this.#container(code) || this.#memory(code) || this.#object(code))) {
      throw new PickleFault(`an instruction that is not read (0x${code.toString(16).padStart(2, '0')})`);
    }
  }

  #protocol(): void {
    const version = this.#reader.uint8();
    if (version < 2 || version > 5) throw new PickleFault(`protocol ${version}; 2 to 5 are read`);
  }

  #plainValue(code: number): boolean {
    const value = readPlainValue(code, this.#reader, this.#options.limits);
    if (value === undefined) return false;
    this.#stack.push(value);
    return true;
  }

  #container(code: number): boolean {
    const stack = this.#stack;
    const { budget } = this.#options;
    switch (code) {
      case Op.emptyList:
        stack.push([]);
        return true;
      case Op.emptyTuple:
        stack.push(makeTuple([]));
        return true;
      case Op.emptyDict:
        stack.push(new Map());
        return true;
      case Op.emptySet:
        stack.push(new Set());
        return true;
      case Op.tuple1:
      case Op.tuple2:
      case Op.tuple3:
        stack.push(makeTuple(stack.popMany(code - Op.tuple1 + 1)));
        return true;
      case Op.tuple:
        stack.push(makeTuple(stack.popToMark()));
        return true;
      case Op.list:
        stack.push(stack.popToMark());
        return true;
      case Op.dict:
        stack.push(this.#addPairs(new Map(), stack.popToMark()));
        return true;
      case Op.frozenSet:
        stack.push(makeSet(stack.popToMark(), budget));
        return true;
      case Op.append:
        this.#addItems(stack.popMany(1));
        return true;
      case Op.appends:
        this.#addItems(stack.popToMark());
        return true;
      case Op.setItem: {
        const pair = stack.popMany(2);
        this.#addPairs(expectMap(stack.top()), pair);
        return true;
      }
      case Op.setItems: {
        const pairs = stack.popToMark();
        this.#addPairs(expectMap(stack.top()), pairs);
        return true;
      }
      case Op.addItems: {
        const items = stack.popToMark();
        const set = expectSet(stack.top());
        for (const item of makeSet(items, budget)) set.add(item);
        return true;
      }
      default:
        return false;
    }
  }

  #addItems(items: readonly unknown[]): void {
    const list = expectList(this.#stack.top());
    this.#options.budget.takeItems(items.length);
    for (const item of items) list.push(item);
  }

  #addPairs(map: Map<unknown, unknown>, items: readonly unknown[]): Map<unknown, unknown> {
    if (items.length % 2 !== 0) throw new PickleFault('a key without a value');
    this.#options.budget.takeItems(items.length);
    for (let i = 0; i < items.length; i += 2) map.set(checkKey(items[i]), items[i + 1]);
    return map;
  }

  /** Marks, the memo, framing. */
  #memory(code: number): boolean {
    const reader = this.#reader;
    const stack = this.#stack;
    switch (code) {
      case Op.mark:
        stack.mark();
        return true;
      case Op.pop:
        stack.drop();
        return true;
      case Op.popMark:
        stack.popToMark();
        return true;
      case Op.dup:
        stack.push(stack.top());
        return true;
      case Op.binGet:
        this.#recall(reader.uint8());
        return true;
      case Op.longBinGet:
        this.#recall(reader.uint32());
        return true;
      case Op.binPut:
        this.#remember(reader.uint8());
        return true;
      case Op.longBinPut:
        this.#remember(reader.uint32());
        return true;
      case Op.memoize:
        this.#remember(this.#memo.size);
        return true;
      case Op.protocol:
        this.#protocol();
        return true;
      case Op.frame: {
        // Frames only group what follows; its length is checked by every read.
        reader.skip(8);
        return true;
      }
      default:
        return false;
    }
  }

  #remember(key: number): void {
    const value = this.#stack.top();
    this.#options.budget.takeItems(1);
    this.#memo.set(key, value);
    if (value instanceof Unfinished) value.memoKeys.push(key);
  }

  #recall(key: number): void {
    if (!this.#memo.has(key)) throw new PickleFault(`the memo has no entry ${key}`);
    this.#stack.push(this.#memo.get(key));
  }

  /** Names, calls and states. */
  #object(code: number): boolean {
    const reader = this.#reader;
    const stack = this.#stack;
    switch (code) {
      case Op.global:
        this.#name(reader.line(1024), reader.line(1024));
        return true;
      case Op.stackGlobal: {
        const [module, name] = stack.popMany(2);
        this.#name(module, name);
        return true;
      }
      case Op.reduce:
      case Op.newObject: {
        const [callee, args] = stack.popMany(2);
        this.#call(callee, args);
        return true;
      }
      case Op.build: {
        const [state] = stack.popMany(1);
        this.#build(state);
        return true;
      }
      case Op.binPersistentId: {
        const [id] = stack.popMany(1);
        const { persistentId } = this.#options;
        if (persistentId === undefined) throw new PickleFault('a persistent id, which means nothing in this file');
        stack.push(persistentId(id));
        return true;
      }
      default:
        return false;
    }
  }

  #name(module: unknown, name: unknown): void {
    if (typeof module !== 'string' || typeof name !== 'string') throw new PickleFault('a name that is no text');
    const full = `${module}.${name}`;
    const global = this.#options.globals.get(full);
    if (global === undefined) {
      const shown = full.length > 100 ? `${full.slice(0, 100)}…` : full;
      throw new PickleFault(`it names ${JSON.stringify(shown)}, which is not among what is read`);
    }
    this.#stack.push(global.value !== undefined ? global.value : new GlobalReference(full, global));
  }

  #call(callee: unknown, args: unknown): void {
    if (!(callee instanceof GlobalReference)) throw new PickleFault('a call of something that is no name');
    const { global, name } = callee;
    if (global.construct === undefined) throw new PickleFault(`a call of ${name}`);
    if (!isTuple(args)) throw new PickleFault(`a call of ${name} without its arguments`);
    const value = global.construct(args, this.#options.budget);
    if (typeof value === 'object' && value !== null) this.#makers.set(value, global);
    this.#stack.push(value);
  }

  #build(state: unknown): void {
    const stack = this.#stack;
    const value = stack.top();
    const maker = typeof value === 'object' && value !== null ? this.#makers.get(value) : undefined;
    if (maker?.build === undefined) throw new PickleFault('a state of something that has none');
    const built = maker.build(value, state, this.#options.budget);
    if (built === value) return;
    stack.replaceTop(built);
    if (value instanceof Unfinished) for (const key of value.memoKeys) this.#memo.set(key, built);
  }
}
