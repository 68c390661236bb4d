import type { CaseEntry } from '../report-data.ts';

/** Returns the roles of cases by their mean Dice, and by whether there is something to say about them. */
export function rolesOf(
  cases: readonly { meanDice: number | null; remarks: readonly unknown[] }[],
): CaseEntry['role'][] {
  const roles: CaseEntry['role'][] = cases.map(({ remarks }) => (remarks.length > 0 ? 'outlier' : null));
  const scored = [...cases.keys()].filter((i) => cases[i]!.meanDice !== null);
  scored.sort((a, b) => cases[a]!.meanDice! - cases[b]!.meanDice!);
  if (scored.length < 3) return roles;
  roles[scored[(scored.length - 1) >> 1]!] = 'median';
  roles[scored.at(-1)!] = 'best';
  roles[scored[0]!] = 'worst';
  return roles;
}

/**
 * Chooses the cases to draw: the worst, the median and the best, and those to look at first.
 *
 * @param cases in the order of the report
 * @returns at most `count` indices
 */
export function chooseToDraw(
  cases: readonly { role: CaseEntry['role']; drawable: boolean }[],
  count: number,
): Set<number> {
  const drawable = [...cases.keys()].filter((i) => cases[i]!.drawable);
  const examples = drawable.filter((i) => cases[i]!.role !== null && cases[i]!.role !== 'outlier');
  const chosen = new Set<number>();
  for (const i of [...examples, ...drawable]) if (chosen.size < count) chosen.add(i);
  return chosen;
}
