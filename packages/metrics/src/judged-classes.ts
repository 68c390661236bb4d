import type { Scores } from './evaluate-case.ts';
import type { Regions } from './score-regions.ts';
import { meanWithoutNaN, type ScoredCase, type Summary, scoredLabels } from './summary.ts';

/** What predictions are judged by: a foreground label, or a region of several. */
export interface JudgedClass {
  /** The label, or the name of the region. */
  key: string;
  labels: readonly number[];
}

interface ScoredClass extends JudgedClass {
  mean: Scores;
  /** Of each case of the summary, in its order. */
  all: Scores[];
}

/**
 * Returns what the predictions of a task are compared and postprocessed by: its regions if it asks for any, else its
 * foreground labels, ascending.
 */
export function judgedClasses(summary: Summary): ScoredClass[] {
  const { all, mean, regions } = summary.results;
  if (regions !== undefined) return regions.map(({ name, ...region }) => ({ key: name, ...region }));
  return scoredLabels(summary).map((label) => ({
    key: String(label),
    labels: [label],
    mean: mean[label]!,
    all: all.map((scores) => (scores[label] as Scores | undefined) ?? {}),
  }));
}

/** The regions of a summary by name, in their order; undefined if labels count. */
export function regionsIn({ results: { regions } }: Summary): Regions | undefined {
  return regions && Object.fromEntries(regions.map(({ name, labels }) => [name, labels]));
}

/** The scores of a case by which it is judged. */
export function judgedScores({ scores, regions }: Pick<ScoredCase, 'scores' | 'regions'>): Record<string, Scores> {
  return regions ?? scores;
}

/** Mean of a summary's mean Dice of the classes that count, ignoring NaN. */
export function meanDice(summary: Summary): number {
  return meanWithoutNaN(judgedClasses(summary).map(({ mean }) => mean.Dice ?? Number.NaN));
}
