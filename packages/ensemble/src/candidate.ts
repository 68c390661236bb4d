import type { Summary } from '@nnunet/metrics';
import { meanWithoutNaN, scoredLabels } from '@nnunet/metrics/internal';

/** A trained configuration with its trainer. */
export interface TrainedConfiguration {
  configuration: string;
  trainer: string;
  /** Plans identifier. */
  plans: string;
}

/** Something that could be used for prediction: one configuration or the ensemble of two. */
export interface Candidate {
  /** The configuration, or v1's name of the ensemble. */
  name: string;
  members: readonly TrainedConfiguration[];
  /** Cross-validation Dice per foreground label, before postprocessing. */
  dice: Readonly<Record<string, number>>;
  /** Their plain mean: NaN where one is. What candidates are compared by. */
  score: number;
  /** Their mean without NaN. */
  average: number;
}

/** Scores a candidate by the summary of its cross-validation. */
export function scoreCandidate(name: string, members: readonly TrainedConfiguration[], summary: Summary): Candidate {
  const { mean } = summary.results;
  const dice = Object.fromEntries(scoredLabels(summary).map((label) => [label, mean[label]!.Dice!]));
  const values = Object.values(dice);
  const score = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { name, members, dice, score, average: meanWithoutNaN(values) };
}

/**
 * The candidates with the highest score: all of them where several are equal. A score that is no number is left out (in
 * v1 one such score leaves no winner at all). Empty where no candidate has a score.
 */
export function bestCandidates(candidates: readonly Candidate[]): Candidate[] {
  const scored = candidates.filter(({ score }) => !Number.isNaN(score));
  const best = Math.max(...scored.map(({ score }) => score));
  return scored.filter(({ score }) => score === best);
}

/** The text of v1's summary.csv: a line a candidate with four decimals, `nan` where undefined. */
export function formatCandidates(candidates: readonly Candidate[]): string {
  const labels = Object.keys(candidates[0]?.dice ?? {});
  const four = (value = Number.NaN): string => (Number.isNaN(value) ? 'nan' : value.toFixed(4));
  const lines = [
    ['model', ...labels.map((label) => `class${label}`), 'average'],
    ...candidates.map(({ name, dice, average }) => [name, ...labels.map((label) => four(dice[label])), four(average)]),
  ];
  return `${lines.map((line) => line.join(',')).join('\n')}\n`;
}
