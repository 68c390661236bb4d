import { counted } from '@nnunet/errors/internal';
import { diceInWords, volumeInWords } from '../in-words.ts';
import { type LabelKey, withoutOverlap } from '../label-class.ts';
import type { Movement } from '../measures/compare-labels.ts';
import type { ExaminedCase } from '../node/examine-cases.ts';
import type { LabelEntry } from '../report-data.ts';
import { OUTLIER, type RobustScale, robustScale, robustScore } from './robust-scale.ts';
import { MOST_SEVERE, type Remark, type TrainingNorms, unlikeTraining } from './training-norms.ts';

/** Severities of what is certainly wrong. */
const WRONG = { nothing: 100, swapped: 90, moved: 80, missing: 40 };

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
 * exchanged, an image mirrored or shifted), scores and volumes far from those of the other cases, and labels that are unlike those
 * of the training data.
 */
export function remarksOnCases(
  cases: readonly ScoredExamination[],
  labels: readonly LabelEntry[],
  norms: TrainingNorms,
): Remark[][] {
  const usual = predictionNorms(cases, labels);
  return cases.map((one) => {
    const faults = certainFaults(one, labels);
    // Of an empty prediction there is nothing more to say.
    if (faults.some(({ severity }) => severity === WRONG.nothing)) return faults;
    const ofReference = one.examined.reference === null ? [] : unlikeTraining(one.examined.reference, norms);
    const known = new Set(ofReference.map(({ about }) => about));
    return [
      ...faults,
      ...farFromOthers(one, labels, usual),
      ...unlikeTraining(one.examined.labels, norms).filter(({ about }) => !known.has(about)),
      ...doubtfulReference(ofReference),
    ].sort((a, b) => b.severity - a.severity);
  });
}

function certainFaults({ examined }: ScoredExamination, labels: readonly LabelEntry[]): Remark[] {
  const { comparison, labels: predicted, reference } = examined;
  if (comparison === null || reference === null) return [];
  const name = (key: LabelKey): string => labels.find(({ value }) => value === key)?.name ?? `label ${key}`;
  const inReference = labels.filter(({ value }) => reference[value]!.volume > 0);
  const inPrediction = labels.filter(({ value }) => predicted[value]!.volume > 0);
  const remarks: Remark[] = [];
  if (inPrediction.length === 0 && inReference.length > 0) {
    const total = withoutOverlap(inReference).reduce((sum, { value }) => sum + reference[value]!.volume, 0);
    const text = `Nothing is predicted, but the reference contains ${volumeInWords(total)} of foreground.`;
    return [{ severity: WRONG.nothing, text }];
  }
  for (const { labels: pair, before, after } of comparison.swapped) {
    const text =
      `${name(pair[0])} and ${name(pair[1])} seem to be exchanged: the other way round, ` +
      `their mean Dice is ${diceInWords(after)} instead of ${diceInWords(before)}.`;
    remarks.push({ severity: WRONG.swapped, text });
  }
  if (comparison.moved !== null) {
    remarks.push({ severity: WRONG.moved, text: movementInWords(comparison.moved, examined.axes) });
  }
  for (const { value, name } of inReference) {
    if (predicted[value]!.volume > 0) continue;
    const text = `No ${name} is predicted, but the reference contains ${volumeInWords(reference[value]!.volume)} of it.`;
    remarks.push({ severity: WRONG.missing, text });
  }
  return remarks;
}

function movementInWords(moved: Movement, axes: string): string {
  const [change, check] =
    'mirrored' in moved
      ? [`With ${moved.mirrored.map((axis) => sidesOf(axes, axis)).join(', and ')} exchanged`, 'orientation']
      : [`Shifted ${moved.shifted.flatMap((by, axis) => shiftAlong(axes, axis, by)).join(', and ')}`, 'position'];
  return (
    `${change}, the prediction matches the reference better (mean Dice ${diceInWords(moved.after)} instead of ` +
    `${diceInWords(moved.before)}): check the ${check} of the image.`
  );
}

/** The two ends of a file axis (0 is z) in the patient. */
function sidesOf(axes: string, axis: number): string {
  const code = axes[2 - axis]!;
  if ('LR'.includes(code)) return 'left and right';
  return 'AP'.includes(code) ? 'front and back' : 'top and bottom';
}

const TOWARDS: Record<string, string> = {
  L: 'to the left',
  R: 'to the right',
  A: 'to the front',
  P: 'to the back',
  S: 'upwards',
  I: 'downwards',
};

/** '7 voxels to the left'; nothing for 0 voxels. */
function shiftAlong(axes: string, axis: number, by: number): string[] {
  if (by === 0) return [];
  const code = axes[2 - axis]!;
  return [`${counted(Math.abs(by), 'voxel')} ${TOWARDS[by > 0 ? code : OPPOSITE[code]!]}`];
}

const OPPOSITE: Record<string, string> = { L: 'R', R: 'L', A: 'P', P: 'A', S: 'I', I: 'S' };

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

function logRatio({ examined: { labels, reference } }: ScoredExamination, value: LabelKey): number | null {
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
function doubtfulReference(ofReference: readonly Remark[]): Remark[] {
  return ofReference
    .slice(0, 1)
    .map(({ severity, text }) => ({ severity: severity / 2, text: `The reference itself is unusual. ${text}` }));
}
