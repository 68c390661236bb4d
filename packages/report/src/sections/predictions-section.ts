import { significant } from '../in-words.ts';
import type { ExaminedCase } from '../node/examine-cases.ts';
import type { PredictionSection } from '../report-data.ts';
import type { ReportTask } from '../report-task.ts';
import { chooseToDraw } from './case-selection.ts';
import type { ShowOptions } from './cases-section.ts';
import type { CaseToShow } from './cases-to-show.ts';
import { depictAll, examineAll, shownOf, UNREADABLE } from './inspect-cases.ts';
import { OUTLIER, robustScale, robustScore } from './robust-scale.ts';
import { MOST_SEVERE, type Remark, severityOf, type TrainingNorms, unlikeTraining } from './training-norms.ts';

/** Mean doubt that makes no difference to a person. */
const LEAST_DOUBT = 0.05;

/** Describes predictions without references, those to look at first at the head. */
export async function describePredictions(
  folder: string,
  cases: readonly CaseToShow[],
  task: ReportTask,
  norms: TrainingNorms,
  options: ShowOptions,
): Promise<PredictionSection> {
  const { done: examined, failed } = await examineAll(cases, task, options);
  const doubts = doubtRemarks(examined);
  const remarks = new Map<CaseToShow, Remark[]>();
  for (const [one, { labels }] of examined) {
    const found = [...unlikeTraining(labels, norms), ...(doubts.get(one) ?? [])];
    remarks.set(
      one,
      found.sort((a, b) => b.severity - a.severity),
    );
  }
  for (const [one, reason] of failed) remarks.set(one, [{ severity: UNREADABLE, text: reason }]);
  const inOrder = [...cases].sort((a, b) => {
    const severer = severityOf(remarks.get(b)!) - severityOf(remarks.get(a)!);
    return severer !== 0 ? severer : (examined.get(b)?.doubt ?? 0) - (examined.get(a)?.doubt ?? 0);
  });
  const chosen = chooseToDraw(
    inOrder.map((one) => ({ role: null, drawable: one.images.length > 0 && examined.has(one) })),
    options.cases,
  );
  const drawn = await depictAll(
    inOrder.filter((_, i) => chosen.has(i)),
    task,
    options,
  );
  return {
    folder,
    cases: inOrder.map((one) => {
      const { labels = {}, doubt = null } = examined.get(one) ?? {};
      const measures = Object.entries(labels);
      return {
        id: one.id,
        volumes: Object.fromEntries(measures.map(([label, { volume }]) => [label, volume])),
        components: Object.fromEntries(measures.map(([label, { components }]) => [label, components])),
        ...shownOf(one, remarks.get(one)!, drawn),
        disagreement: doubt,
        disagreementOf: doubt === null ? null : one.doubt!.kind,
      };
    }),
  };
}

/** Says where there is far more doubt than in the other cases. */
function doubtRemarks(examined: ReadonlyMap<CaseToShow, ExaminedCase>): Map<CaseToShow, Remark[]> {
  const known = [...examined].flatMap(([one, { doubt }]) => (doubt === null ? [] : [{ one, doubt }]));
  const scale = robustScale(
    known.map(({ doubt }) => doubt),
    LEAST_DOUBT / OUTLIER,
  );
  const remarks = new Map<CaseToShow, Remark[]>();
  if (scale === null) return remarks;
  for (const { one, doubt } of known) {
    const severity = robustScore(doubt, scale);
    if (severity <= OUTLIER) continue;
    const who = one.doubt!.kind === 'folds' ? 'The folds disagree' : 'The model is in doubt';
    const text = `${who} much more than in other cases (${significant(doubt)}; median ${significant(scale.median)}).`;
    remarks.set(one, [{ severity: Math.min(MOST_SEVERE, severity), text }]);
  }
  return remarks;
}
