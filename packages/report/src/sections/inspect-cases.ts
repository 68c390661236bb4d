import { reasonInWords } from '../in-words.ts';
import { classOf } from '../label-class.ts';
import { type DepictedCase, depictCases } from '../node/depict-cases.ts';
import { type ExaminedCase, examineCases } from '../node/examine-cases.ts';
import type { ReportTask } from '../report-task.ts';
import type { CaseToShow } from './cases-to-show.ts';
import type { SectionOptions } from './dataset-section.ts';
import type { Remark } from './training-norms.ts';

/** Severity of a case whose files cannot be read or compared. */
export const UNREADABLE = 100;

/** Number of cases whose images are read to measure intensities, at most. */
const MOST_IMAGES = 60;

/** Results by case, and for the other cases the reason in words. */
export interface Inspected<T> {
  done: Map<CaseToShow, T>;
  failed: Map<CaseToShow, string>;
}

/** Measures predictions, and compares them with their references. */
export async function examineAll(
  cases: readonly CaseToShow[],
  task: ReportTask,
  { workers, reporter, signal }: SectionOptions,
): Promise<Inspected<ExaminedCase>> {
  const outcomes = await examineCases(
    cases.map(({ id, prediction, reference, images, doubt }) => ({
      id,
      prediction,
      reference,
      images: cases.length <= MOST_IMAGES ? images : [],
      absolute: task.absolute,
      classes: task.labels.map(classOf),
      ignoreLabel: task.ignoreLabel,
      doubt,
      formats: task.formats,
    })),
    {
      workers,
      signal,
      onProgress: ({ item, done, total }) => reporter.progress({ what: 'examining cases', done, total, note: item.id }),
    },
  );
  return sorted(cases, outcomes);
}

export interface DepictAllOptions extends SectionOptions {
  /** Characters that pictures and volume of a case may take together. */
  budget: number;
}

/** Draws cases whose images are at hand. */
export async function depictAll(
  cases: readonly CaseToShow[],
  task: ReportTask,
  { workers, reporter, signal, budget }: DepictAllOptions,
): Promise<Inspected<DepictedCase>> {
  const outcomes = await depictCases(
    cases.map(({ id, images, prediction, reference, doubt }) => ({
      id,
      image: images[0]!,
      prediction,
      reference,
      doubt,
      colors: [...task.colors],
      ignoreLabel: task.ignoreLabel,
      budget,
      formats: task.formats,
    })),
    {
      workers,
      signal,
      onProgress: ({ item, done, total }) => reporter.progress({ what: 'drawing cases', done, total, note: item.id }),
    },
  );
  return sorted(cases, outcomes);
}

/** What a case says and shows: its remarks, and its pictures and volume if it was drawn. */
export function shownOf(one: CaseToShow, remarks: readonly Remark[], { done, failed }: Inspected<DepictedCase>) {
  const { pictures = [], volume = null } = done.get(one) ?? {};
  const texts = remarks.map(({ text }) => text);
  if (failed.has(one)) texts.push(`It could not be drawn: ${failed.get(one)}`);
  return { remarks: texts, pictures, volume };
}

function sorted<T>(cases: readonly CaseToShow[], outcomes: readonly PromiseSettledResult<T>[]): Inspected<T> {
  const found: Inspected<T> = { done: new Map(), failed: new Map() };
  for (const [i, outcome] of outcomes.entries()) {
    if (outcome.status === 'fulfilled') found.done.set(cases[i]!, outcome.value);
    else found.failed.set(cases[i]!, reasonInWords(outcome.reason));
  }
  return found;
}
