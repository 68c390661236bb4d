import type { Split } from '@nnunet/schema';

/** A finding about a cross-validation. */
export interface SplitFault {
  /** An error invalidates the validation; a warning may be intentional. */
  severity: 'error' | 'warning';
  /** Null if it concerns all folds together. */
  fold: number | null;
  what: string;
  /** The affected cases or groups. */
  ids: string[];
}

/**
 * Looks for leaks between training and validation, and for forgotten cases.
 *
 * Errors: a case (or a group, with `groupOf`) in both lists of a fold; a duplicate case in a list; cases that the
 * dataset does not have; an empty list. Warnings: cases never validated or validated in several folds, and cases of the
 * dataset in neither list of a fold.
 */
export function findSplitFaults(
  splits: readonly Split[],
  { cases, groupOf }: { cases: Iterable<string>; groupOf?: ReadonlyMap<string, string> },
): SplitFault[] {
  const known = new Set(cases);
  const faults: SplitFault[] = [];
  const add = (severity: SplitFault['severity'], fold: number | null, what: string, ids: Iterable<string>) => {
    const list = [...new Set(ids)].sort();
    if (list.length > 0) faults.push({ severity, fold, what, ids: list });
  };
  const validated = new Map<string, number>();
  splits.forEach(({ train, val }, fold) => {
    const inTraining = new Set(train);
    const inValidation = new Set(val);
    for (const id of inValidation) validated.set(id, (validated.get(id) ?? 0) + 1);
    add(
      'error',
      fold,
      'in both training and validation',
      val.filter((id) => inTraining.has(id)),
    );
    if (groupOf !== undefined) {
      const groups = new Set(train.flatMap((id) => groupOf.get(id) ?? []));
      const leaking = val.filter((id) => !inTraining.has(id)).flatMap((id) => groupOf.get(id) ?? []);
      add(
        'error',
        fold,
        'groups with cases in both training and validation',
        leaking.filter((group) => groups.has(group)),
      );
    }
    for (const [name, list] of [
      ['training', train],
      ['validation', val],
    ] as const) {
      add(
        'error',
        fold,
        `more than once in ${name}`,
        list.filter((id, i) => list.indexOf(id) !== i),
      );
      if (list.length === 0) faults.push({ severity: 'error', fold, what: `no cases in ${name}`, ids: [] });
    }
    add(
      'error',
      fold,
      'not in the dataset',
      [...train, ...val].filter((id) => !known.has(id)),
    );
    add(
      'warning',
      fold,
      'neither in training nor in validation',
      [...known].filter((id) => !inTraining.has(id) && !inValidation.has(id)),
    );
  });
  add(
    'warning',
    null,
    'never validated',
    [...known].filter((id) => !validated.has(id)),
  );
  add(
    'warning',
    null,
    'validated in more than one fold',
    [...validated].filter(([, times]) => times > 1).map(([id]) => id),
  );
  return faults;
}

/** Formats one line per fault: `error, fold 0: in training and in validation: case_1, case_2`. */
export function formatSplitFaults(faults: readonly SplitFault[]): string {
  if (faults.length === 0) return 'No faults found.';
  return faults
    .map(({ severity, fold, what, ids }) => {
      const list =
        ids.length === 0 ? '' : `: ${ids.slice(0, 10).join(', ')}${ids.length > 10 ? `, … (${ids.length})` : ''}`;
      return `${severity}, ${fold === null ? 'all folds' : `fold ${fold}`}: ${what}${list}`;
    })
    .join('\n');
}
