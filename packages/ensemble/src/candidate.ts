import type { Summary } from '@nnunet/metrics';
import { judgedClasses, meanWithoutNaN } from '@nnunet/metrics/internal';

/** A trained configuration with its trainer. */
export interface TrainedConfiguration {
  configuration: string;
  trainer: string;
  /** Plans identifier. */
  plans: string;
}

/** A candidate for prediction: one configuration, or the ensemble of two. */
export interface Candidate {
  /** The configuration, or v1's name for the ensemble. */
  name: string;
  members: readonly TrainedConfiguration[];
  /** Cross-validation Dice per foreground label or, if the task asks for them, region; before postprocessing. */
  dice: Readonly<Record<string, number>>;
  /** Plain mean of `dice`: NaN if any value is. Candidates are compared by it. */
  score: number;
  /** Mean of `dice`, ignoring NaN. */
  average: number;
}

/** Scores a candidate from the summary of its cross-validation. */
export function scoreCandidate(name: string, members: readonly TrainedConfiguration[], summary: Summary): Candidate {
  const dice = Object.fromEntries(judgedClasses(summary).map(({ key, mean }) => [key, mean.Dice!]));
  const values = Object.values(dice);
  const score = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { name, members, dice, score, average: meanWithoutNaN(values) };
}

/**
 * Returns the candidates with the highest score; several if they tie. NaN scores are ignored (in v1, one such score
 * leaves no winner at all). Returns an empty list if no candidate has a score.
 */
export function bestCandidates(candidates: readonly Candidate[]): Candidate[] {
  const scored = candidates.filter(({ score }) => !Number.isNaN(score));
  const best = Math.max(...scored.map(({ score }) => score));
  return scored.filter(({ score }) => score === best);
}

/** Formats v1's summary.csv: one line per candidate with four decimals, `nan` if undefined. Regions have their names. */
export function formatCandidates(candidates: readonly Candidate[]): string {
  const labels = Object.keys(candidates[0]?.dice ?? {});
  const four = (value = Number.NaN): string => (Number.isNaN(value) ? 'nan' : value.toFixed(4));
  const lines = [
    ['model', ...labels.map((label) => (/^\d+$/.test(label) ? `class${label}` : label)), 'average'],
    ...candidates.map(({ name, dice, average }) => [name, ...labels.map((label) => four(dice[label])), four(average)]),
  ];
  return `${lines.map((line) => line.join(',')).join('\n')}\n`;
}
