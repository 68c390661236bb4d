import type { Expression } from './expression.ts';

/** Returns all expressions that the given ones depend on, including themselves, in the order of creation. */
export function reachable(outputs: readonly Expression[]): Expression[] {
  const seen = new Map<number, Expression>();
  const stack = [...outputs];
  for (let e = stack.pop(); e !== undefined; e = stack.pop()) {
    if (seen.has(e.id)) continue;
    seen.set(e.id, e);
    stack.push(...e.inputs);
  }
  return [...seen.values()].sort((a, b) => a.id - b.id);
}

/** Returns, for each of these expressions by id, those of them that read it, without duplicates. */
export function readersOf(expressions: readonly Expression[]): Map<number, Expression[]> {
  const readers = new Map<number, Expression[]>(expressions.map((e) => [e.id, []]));
  for (const e of expressions) {
    for (const id of new Set(e.inputs.map((i) => i.id))) readers.get(id)!.push(e);
  }
  return readers;
}
