import { meanWithoutNaN } from '@nnunet/metrics/internal';
import { orNull } from '../numbers.ts';
import { evenly } from '../pictures/gallery.ts';
import type { CaseEntry } from '../report-data.ts';
import type { ReportTask } from '../report-task.ts';
import { remarksOnCases } from './case-remarks.ts';
import { chooseToDraw, rolesOf } from './case-selection.ts';
import type { CaseToShow } from './cases-to-show.ts';
import { type DepictAllOptions, depictAll, examineAll, shownOf, UNREADABLE } from './inspect-cases.ts';
import { type Remark, severityOf, type TrainingNorms } from './training-norms.ts';

/** Number of cases that are examined at most: those with the lowest Dice, and others at equal distances. */
const MOST_EXAMINED = 300;
const LOWEST_EXAMINED = 200;

export interface ShowOptions extends DepictAllOptions {
  /** Number of cases with pictures and volumes. */
  cases: number;
}

/**
 * Describes cases with references, those to look at first at the head.
 *
 * @param groups cases that are compared with each other: those of the cross-validation, test images
 */
export async function describeCases(
  groups: readonly (readonly CaseToShow[])[],
  task: ReportTask,
  norms: TrainingNorms,
  options: ShowOptions,
): Promise<CaseEntry[]> {
  const remarks = new Map<CaseToShow, Remark[]>();
  const roles = new Map<CaseToShow, CaseEntry['role']>();
  const unreadable = new Set<CaseToShow>();
  for (const group of groups) {
    const { done, failed } = await examineAll(toExamine(group), task, options);
    const found = remarksOnCases(
      [...done].map(([{ dice }, examined]) => ({ examined, dice })),
      task.labels,
      norms,
    );
    for (const [i, one] of [...done.keys()].entries()) remarks.set(one, found[i]!);
    for (const [one, reason] of failed) {
      remarks.set(one, [{ severity: UNREADABLE, text: reason }]);
      unreadable.add(one);
    }
    const own = rolesOf(group.map((one) => ({ meanDice: meanDice(one), remarks: remarks.get(one) ?? [] })));
    for (const [i, one] of group.entries()) roles.set(one, own[i]!);
  }
  const inOrder = groups.flat().sort((a, b) => {
    const severer = severityOf(remarks.get(b) ?? []) - severityOf(remarks.get(a) ?? []);
    return severer !== 0 ? severer : (meanDice(a) ?? 2) - (meanDice(b) ?? 2);
  });
  const chosen = chooseToDraw(
    inOrder.map((one) => ({ role: roles.get(one)!, drawable: one.images.length > 0 && !unreadable.has(one) })),
    options.cases,
  );
  const drawn = await depictAll(
    inOrder.filter((_, i) => chosen.has(i)),
    task,
    options,
  );
  return inOrder.map((one) => ({
    id: one.id,
    origin: one.origin,
    dice: one.dice,
    meanDice: meanDice(one),
    ...shownOf(one, remarks.get(one) ?? [], drawn),
    role: roles.get(one)!,
  }));
}

function toExamine(group: readonly CaseToShow[]): CaseToShow[] {
  if (group.length <= MOST_EXAMINED) return [...group];
  const sorted = [...group].sort((a, b) => (meanDice(a) ?? -1) - (meanDice(b) ?? -1));
  return [
    ...sorted.slice(0, LOWEST_EXAMINED),
    ...evenly(sorted.slice(LOWEST_EXAMINED), MOST_EXAMINED - LOWEST_EXAMINED),
  ];
}

/** Mean over the labels that have a Dice. */
function meanDice({ dice }: CaseToShow): number | null {
  return orNull(meanWithoutNaN(Object.values(dice).map((value) => value ?? Number.NaN)));
}
