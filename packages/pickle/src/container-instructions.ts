import { PickleFault } from './bad-pickle.ts';
import { checkKey, expectList, expectMap, expectSet, makeSet, makeTuple } from './containers.ts';
import type { PickleBudget } from './pickle-limits.ts';
import { Op } from './pickle-opcodes.ts';
import type { InstructionTable } from './pickle-state.ts';

/** Make lists, tuples, dictionaries and sets, and fill them. */
export const containerInstructions: InstructionTable = {
  [Op.emptyList]: ({ stack }) => stack.push([]),
  [Op.emptyTuple]: ({ stack }) => stack.push(makeTuple([])),
  [Op.emptyDict]: ({ stack }) => stack.push(new Map()),
  [Op.emptySet]: ({ stack }) => stack.push(new Set()),

  [Op.tuple1]: ({ stack }) => stack.push(makeTuple(stack.popMany(1))),
  [Op.tuple2]: ({ stack }) => stack.push(makeTuple(stack.popMany(2))),
  [Op.tuple3]: ({ stack }) => stack.push(makeTuple(stack.popMany(3))),
  [Op.tuple]: ({ stack }) => stack.push(makeTuple(stack.popToMark())),
  [Op.list]: ({ stack }) => stack.push(stack.popToMark()),
  [Op.dict]: ({ stack, budget }) => stack.push(addPairs(new Map(), stack.popToMark(), budget)),
  [Op.frozenSet]: ({ stack, budget }) => stack.push(makeSet(stack.popToMark(), budget)),

  [Op.append]({ stack, budget }) {
    const items = stack.popMany(1);
    addItems(expectList(stack.top()), items, budget);
  },
  [Op.appends]({ stack, budget }) {
    const items = stack.popToMark();
    addItems(expectList(stack.top()), items, budget);
  },
  [Op.setItem]({ stack, budget }) {
    const pair = stack.popMany(2);
    addPairs(expectMap(stack.top()), pair, budget);
  },
  [Op.setItems]({ stack, budget }) {
    const pairs = stack.popToMark();
    addPairs(expectMap(stack.top()), pairs, budget);
  },
  [Op.addItems]({ stack, budget }) {
    const items = stack.popToMark();
    const set = expectSet(stack.top());
    for (const item of makeSet(items, budget)) set.add(item);
  },
};

function addItems(list: unknown[], items: readonly unknown[], budget: PickleBudget): void {
  budget.takeItems(items.length);
  for (const item of items) list.push(item);
}

/** @param items keys and values by turns */
function addPairs(map: Map<unknown, unknown>, items: readonly unknown[], budget: PickleBudget): Map<unknown, unknown> {
  if (items.length % 2 !== 0) throw new PickleFault('a key without a value');
  budget.takeItems(items.length);
  for (let i = 0; i < items.length; i += 2) map.set(checkKey(items[i]), items[i + 1]);
  return map;
}
