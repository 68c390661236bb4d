import { diceInWords, volumeInWords } from '../in-words.ts';
import type { ExaminedCase } from '../node/examine-cases.ts';
import type { LabelEntry } from '../report-data.ts';
import { OUTLIER, type RobustScale, robustScale, robustScore } from './robust-scale.ts';
import { MOST_SEVERE, type Remark, type TrainingNorms, unlikeTraining } from './training-norms.ts';

/** Severities of what is certainly wrong. */
const WRONG = { nothing: 100, swapped: 90, mirrored: 80, missing: 40 };

/** What makes no difference to a person: 0.05 of Dice, a quarter of the volume. */
const LEAST = { dice: 0.05, ratio: Math.log(1.25) };

/** A case with a reference. */
export interface ScoredExamination {
  examined: ExaminedCase;
  /** Dice per label value. */
  dice: Record<string, number | null>;
}

/** What is usual among the cases that were predicted, per label value. */
interface PredictionNorms {
  dice: Record<string, RobustScale | null>;
  /** Of the logarithm of predicted volume over that of the reference. */
  ratio: Record<string, RobustScale | null>;
}

/**
 * Says why to look at each of the cases, the most serious first: what is certainly wrong (nothing predicted, labels
 * exchanged, an image mirrored), scores and volumes far from those of the other cases, and labels that are unlike those
 * of the training data.
 */
export function remarksOnCases(
  cases: readonly ScoredExamination[],
  labels: readonly LabelEntry[],
  norms: TrainingNorms,
): Remark[][] {
  const usual = predictionNorms(cases, labels);
  return cases.map((one) =>
    [
      ...certainFaults(one, labels),
      ...farFromOthers(one, labels, usual),
      ...unlikeTraining(one.examined.labels, norms),
      ...doubtfulReference(one, norms),
    ].sort((a, b) => b.severity - a.severity),
  );
}

function certainFaults({ examined }: ScoredExamination, labels: readonly LabelEntry[]): Remark[] {
  const { comparison, labels: predicted, reference } = examined;
  if (comparison === null || reference === null) return [];
  const name = (value: number): string => labels.find((label) => label.value === value)?.name ?? `label ${value}`;
  const inReference = labels.filter(({ value }) => reference[value]!.volume > 0);
  const inPrediction = labels.filter(({ value }) => predicted[value]!.volume > 0);
  const remarks: Remark[] = [];
  if (inPrediction.length === 0 && inReference.length > 0) {
    const total = inReference.reduce((sum, { value }) => sum + reference[value]!.volume, 0);
    const text = `Nothing is predicted, but the reference contains ${volumeInWords(total)} of foreground.`;
    return [{ severity: WRONG.nothing, text }];
  }
  for (const { labels: pair, before, after } of comparison.swapped) {
    const text =
      `${name(pair[0])} and ${name(pair[1])} seem to be exchanged: the other way round, ` +
      `their mean Dice is ${diceInWords(after)} instead of ${diceInWords(before)}.`;
    remarks.push({ severity: WRONG.swapped, text });
  }
  if (comparison.mirrored !== null) {
    const { axes, before, after } = comparison.mirrored;
    const text =
      `With ${axes.map((axis) => sidesOf(examined.axes, axis)).join(', and ')} exchanged, the prediction matches the reference ` +
      `better (mean Dice ${diceInWords(after)} instead of ${diceInWords(before)}): check the orientation of the image.`;
    remarks.push({ severity: WRONG.mirrored, text });
  }
  for (const { value, name } of inReference) {
    if (predicted[value]!.volume > 0) continue;
    const text = `No ${name} is predicted, but the reference contains ${volumeInWords(reference[value]!.volume)} of it.`;
    remarks.push({ severity: WRONG.missing, text });
  }
  return remarks;
}

/** The two ends of a file axis (0 is z) in the patient. */
function sidesOf(axes: string, axis: number): string {
  const code = axes[2 - axis]!;
  if ('LR'.includes(code)) return 'left and right';
  return 'AP'.includes(code) ? 'front and back' : 'top and bottom';
}

function predictionNorms(cases: readonly ScoredExamination[], labels: readonly LabelEntry[]): PredictionNorms {
  const norms: PredictionNorms = { dice: {}, ratio: {} };
  for (const { value } of labels) {
    const dice = cases.flatMap((one) => one.dice[value] ?? []);
    const ratios = cases.flatMap((one) => logRatio(one, value) ?? []);
    norms.dice[value] = robustScale(dice, LEAST.dice / OUTLIER);
    norms.ratio[value] = robustScale(ratios, LEAST.ratio / OUTLIER);
  }
  return norms;
}

function logRatio({ examined: { labels, reference } }: ScoredExamination, value: number): number | null {
  const [predicted, expected] = [labels[value]?.volume ?? 0, reference?.[value]?.volume ?? 0];
  return predicted > 0 && expected > 0 ? Math.log(predicted / expected) : null;
}

function farFromOthers(one: ScoredExamination, labels: readonly LabelEntry[], usual: PredictionNorms): Remark[] {
  const remarks: Remark[] = [];
  for (const { value, name } of labels) {
    const dice = one.dice[value] ?? null;
    const scale = usual.dice[value];
    const low = dice === null || !scale ? 0 : -robustScore(dice, scale);
    if (low > OUTLIER) {
      const text = `The Dice of ${name}, ${diceInWords(dice)}, is far below the cases' median of ${diceInWords(scale!.median)}.`;
      remarks.push({ severity: Math.min(MOST_SEVERE, low), text });
    }
    const ratio = logRatio(one, value);
    const ratios = usual.ratio[value];
    const far = ratio === null || !ratios ? 0 : Math.abs(robustScore(ratio, ratios));
    if (far > OUTLIER) {
      const [predicted, expected] = [one.examined.labels[value]!.volume, one.examined.reference![value]!.volume];
      const text =
        `The predicted volume of ${name}, ${volumeInWords(predicted)}, is ${predicted > expected ? 'much larger' : 'much smaller'} ` +
        `than the reference's, ${volumeInWords(expected)}.`;
      remarks.push({ severity: Math.min(MOST_SEVERE, far), text });
    }
  }
  return remarks;
}

/** A reference that is unusual itself counts less than a prediction, but may be a mistake of the annotator. */
function doubtfulReference({ examined: { reference } }: ScoredExamination, norms: TrainingNorms): Remark[] {
  if (reference === null) return [];
  return unlikeTraining(reference, norms)
    .slice(0, 1)
    .map(({ severity, text }) => ({ severity: severity / 2, text: `The reference itself is unusual. ${text}` }));
}
