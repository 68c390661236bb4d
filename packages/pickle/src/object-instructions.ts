import { PickleFault } from './bad-pickle.ts';
import { isTuple } from './containers.ts';
import { GlobalReference } from './pickle-global.ts';
import { Op } from './pickle-opcodes.ts';
import type { InstructionTable, PickleState } from './pickle-state.ts';

/** Names, calls and states. */
export const objectInstructions: InstructionTable = {
  [Op.global](state) {
    const module = state.reader.line(1024);
    pushName(state, module, state.reader.line(1024));
  },
  [Op.stackGlobal](state) {
    const [module, name] = state.stack.popMany(2);
    pushName(state, module, name);
  },
  [Op.reduce]: call,
  [Op.newObject]: call,
  [Op.build]: build,
  [Op.binPersistentId]({ stack, persistentId }) {
    const [id] = stack.popMany(1);
    if (persistentId === undefined) throw new PickleFault('a persistent id, which means nothing in this file');
    stack.push(persistentId(id));
  },
};

function pushName({ stack, globals }: PickleState, module: unknown, name: unknown): void {
  if (typeof module !== 'string' || typeof name !== 'string') throw new PickleFault('a name that is no text');
  const full = `${module}.${name}`;
  const global = globals.get(full);
  if (global === undefined) {
    const shown = full.length > 100 ? `${full.slice(0, 100)}…` : full;
    throw new PickleFault(`it names ${JSON.stringify(shown)}, which is not among what is read`);
  }
  stack.push(global.value !== undefined ? global.value : new GlobalReference(full, global));
}

function call({ stack, budget, makers }: PickleState): void {
  const [callee, args] = stack.popMany(2);
  if (!(callee instanceof GlobalReference)) throw new PickleFault('a call of something that is no name');
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
  if (maker?.build === undefined) throw new PickleFault('a state of something that has none');
  const built = maker.build(value, state, budget);
  if (built === value) return;
  stack.replaceTop(built);
  memo.finish(value, built);
}
