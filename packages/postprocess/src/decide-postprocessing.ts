import { evaluateCase, type LabelNumbers, meanScores, type Scores } from '@nnunet/metrics';
import { applyPostprocessing, type LabelVolume, type ObjectSizes, removeAllButLargest } from './remove-components.ts';
import { type Entry, NO_POSTPROCESSING, type PostprocessingRule } from './rule.ts';

/** Dice per label; NaN where no case has a value. */
export type DicePerLabel = Record<string, number>;

/** The chosen rule and the scores that support it. */
export interface PostprocessingDecision {
  rule: PostprocessingRule;
  raw: DicePerLabel;
  /** Treating all foreground labels as one object. */
  allAsOne: DicePerLabel;
  /** Treating each label separately, after the first step if it was accepted. Empty if there is only one label. */
  perLabel: DicePerLabel;
}

/** A rule to try on all cases: `entries`, applied to the result of `before`. */
export interface Trial {
  before: PostprocessingRule;
  after: PostprocessingRule;
}

/** The effect of a trial on all cases. */
export interface TrialOutcome {
  /** Mean Dice per label. */
  dice: DicePerLabel;
  /** Smallest component kept, per entry of `after`, in mm³. */
  kept: (number | null)[];
}

export interface DecisionInput {
  /** Foreground labels. */
  labels: readonly number[];
  /** Mean Dice of the unmodified predictions. */
  raw: DicePerLabel;
  /**
   * Keep components at least as large as the smallest that was the largest of its case (v1's advanced_postprocessing).
   */
  advanced?: boolean;
  /** Runs a trial on all cases. */
  measure: (trial: Trial) => Promise<TrialOutcome>;
}

/**
 * Decides which components to remove, by the effect on the cross-validation Dice:
 * 1. all foreground labels as one object: accepted if at least one label gains and none loses;
 * 2. if there are several labels, each separately on the result of step 1 (in one pass, because removal only sets
 * voxels to 0): accepted for each label that gains.
 * Origin: v1's connected_components.py determine_postprocessing, with its threshold of 0.
 */
export async function decideBy({
  labels,
  raw,
  advanced = false,
  measure,
}: DecisionInput): Promise<PostprocessingDecision> {
  const attempt = async (before: PostprocessingRule, entries: readonly Entry[]) => {
    const minimumSizes = advanced ? (await measure({ before, after: { entries, minimumSizes: null } })).kept : null;
    return { minimumSizes, scores: (await measure({ before, after: { entries, minimumSizes } })).dice };
  };
  const all = [...labels];
  const united = await attempt(NO_POSTPROCESSING, [all]);
  const gains = labels.some((label) => united.scores[label]! > raw[label]!);
  const loses = labels.some((label) => united.scores[label]! < raw[label]!);
  const accepted = gains && !loses;
  const first: PostprocessingRule = accepted
    ? { entries: [all], minimumSizes: united.minimumSizes }
    : { entries: [], minimumSizes: advanced ? [] : null };
  const decision = { rule: first, raw: pick(raw, labels), allAsOne: pick(united.scores, labels), perLabel: {} };
  if (labels.length < 2) return decision;
  const separate = await attempt(first, all);
  const before = accepted ? united.scores : raw;
  const better = all.filter((label) => separate.scores[label]! > before[label]!);
  const rule: PostprocessingRule = {
    entries: [...first.entries, ...better],
    minimumSizes: advanced
      ? [...first.minimumSizes!, ...better.map((label) => separate.minimumSizes![all.indexOf(label)]!)]
      : null,
  };
  return { ...decision, rule, perLabel: pick(separate.scores, labels) };
}

/** A prediction and its reference, of the same shape. */
export interface LabelPair {
  prediction: LabelVolume;
  reference: { readonly data: LabelNumbers };
}

/**
 * Applies {@link decideBy} to label maps in memory.
 *
 * @throws NnUNetError 'shape-mismatch', 'bad-shape', 'bad-rule'
 */
export function decidePostprocessing(
  pairs: readonly LabelPair[],
  { labels, advanced }: { labels: readonly number[]; advanced?: boolean },
): Promise<PostprocessingDecision> {
  const raw = pairs.map(({ prediction, reference }) => diceOf(prediction.data, reference.data, labels));
  const measure = async ({ before, after }: Trial): Promise<TrialOutcome> =>
    collectOutcome(
      pairs.map(({ prediction, reference }) => {
        const { labels: data, sizes } = removeAllButLargest(applyPostprocessing(prediction, before).data, {
          shape: prediction.shape,
          spacing: prediction.spacing,
          ...after,
        });
        return { scores: diceOf(data, reference.data, labels), sizes };
      }),
    );
  return decideBy({ labels, raw: diceOnly(meanScores(raw)), advanced, measure });
}

/** Combines the scores and component sizes of all cases. */
export function collectOutcome(
  cases: readonly { scores: Record<string, Scores>; sizes: ObjectSizes[] }[],
): TrialOutcome {
  const entries = cases[0]?.sizes.length ?? 0;
  const kept = Array.from({ length: entries }, (_, i) => {
    const sizes = cases.map((entry) => entry.sizes[i]!.kept).filter((size) => size !== null);
    return sizes.length > 0 ? sizes.reduce((a, b) => Math.min(a, b)) : null;
  });
  return { dice: diceOnly(meanScores(cases.map(({ scores }) => scores))), kept };
}

/** Extracts the Dice per label from mean scores. */
export function diceOnly(mean: Record<string, Scores>): DicePerLabel {
  return Object.fromEntries(Object.entries(mean).map(([label, scores]) => [label, scores.Dice!]));
}

function diceOf(test: LabelNumbers, reference: LabelNumbers, labels: readonly number[]): Record<string, Scores> {
  return evaluateCase(test, reference, { labels, metrics: ['Dice'] });
}

function pick(scores: DicePerLabel, labels: readonly number[]): DicePerLabel {
  return Object.fromEntries(labels.map((label) => [label, scores[label] ?? Number.NaN]));
}
