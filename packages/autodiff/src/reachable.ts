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
