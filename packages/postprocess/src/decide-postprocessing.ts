import {
  evaluateCase,
  type JudgedClass,
  type LabelNumbers,
  meanScores,
  type Regions,
  type ScoredCase,
  type Scores,
} from '@nnunet/metrics';
import { judgedScores, scoreRegions } from '@nnunet/metrics/internal';
import { applyPostprocessing, type LabelVolume, type ObjectSizes, removeAllButLargest } from './remove-components.ts';
import type { Entry, PostprocessingRule } from './rule.ts';

/** Dice per label, or by name of the region; NaN where no case has a value. */
export type DicePerLabel = Record<string, number>;

/** The chosen rule and the scores that support it. */
export interface PostprocessingDecision {
  rule: PostprocessingRule;
  raw: DicePerLabel;
  /** Treating all foreground labels as one object. */
  allAsOne: DicePerLabel;
  /** Treating each label or region separately, after the first step if it was accepted. Empty if there is only one. */
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
  /** Foreground labels or, if the task asks for them, regions. */
  classes: readonly JudgedClass[];
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
 * voxels to 0): accepted for each label that gains. Regions that overlap change each other: they are tried one after the
 * other, each on the result so far, and accepted if the region gains and no other loses.
 * Origin: v1's connected_components.py determine_postprocessing, with its threshold of 0, and for regions the order of
 * v2's remove_connected_components.py, which accepts losses of others.
 */
export async function decideBy(input: DecisionInput): Promise<PostprocessingDecision> {
  const { classes, raw, advanced = false } = input;
  const all = [...new Set(classes.flatMap(({ labels }) => labels))];
  const nothing: PostprocessingRule = { entries: [], minimumSizes: advanced ? [] : null };
  const united = await attempt(nothing, [all], input);
  const accepted = classes.some(({ key }) => united.dice[key]! > raw[key]!) && !loses(raw, united.dice, classes);
  const first = accepted ? withEntry(nothing, all, united.kept[0]) : nothing;
  const decision = { rule: first, raw: pick(raw, classes), allAsOne: pick(united.dice, classes), perLabel: {} };
  if (classes.length < 2) return decision;
  const start = { rule: first, dice: accepted ? united.dice : raw };
  const disjoint = all.length === classes.flatMap(({ labels }) => labels).length;
  const { rule, perLabel } = await (disjoint ? inOnePass : oneByOne)(start, input);
  return { ...decision, rule, perLabel: pick(perLabel, classes) };
}

interface Start {
  rule: PostprocessingRule;
  dice: DicePerLabel;
}

async function inOnePass({ rule, dice }: Start, input: DecisionInput) {
  const entries = input.classes.map(entryOf);
  const separate = await attempt(rule, entries, input);
  let extended = rule;
  for (const [i, { key }] of input.classes.entries()) {
    if (separate.dice[key]! > dice[key]!) extended = withEntry(extended, entries[i]!, separate.kept[i]);
  }
  return { rule: extended, perLabel: separate.dice };
}

async function oneByOne({ rule, dice }: Start, input: DecisionInput) {
  const perLabel: DicePerLabel = {};
  let best = { rule, dice };
  for (const one of input.classes) {
    const trial = await attempt(best.rule, [entryOf(one)], input);
    perLabel[one.key] = trial.dice[one.key]!;
    if (trial.dice[one.key]! > best.dice[one.key]! && !loses(best.dice, trial.dice, input.classes)) {
      best = { rule: withEntry(best.rule, entryOf(one), trial.kept[0]), dice: trial.dice };
    }
  }
  return { rule: best.rule, perLabel };
}

/** Tries entries on the result of a rule; `kept` are the sizes from which components were kept. */
async function attempt(
  before: PostprocessingRule,
  entries: readonly Entry[],
  { advanced = false, measure }: DecisionInput,
): Promise<TrialOutcome> {
  const minimumSizes = advanced ? (await measure({ before, after: { entries, minimumSizes: null } })).kept : null;
  const { dice } = await measure({ before, after: { entries, minimumSizes } });
  return { dice, kept: minimumSizes ?? [] };
}

function loses(before: DicePerLabel, after: DicePerLabel, classes: readonly JudgedClass[]): boolean {
  return classes.some(({ key }) => after[key]! < before[key]!);
}

/** The labels of a region count as one object. */
function entryOf({ labels }: JudgedClass): Entry {
  return labels.length === 1 ? labels[0]! : labels;
}

function withEntry({ entries, minimumSizes }: PostprocessingRule, entry: Entry, size: number | null = null) {
  return { entries: [...entries, entry], minimumSizes: minimumSizes && [...minimumSizes, size] };
}

/** A prediction and its reference, of the same shape. */
export interface LabelPair {
  prediction: LabelVolume;
  reference: { readonly data: LabelNumbers };
}

export interface DecideOptions extends Pick<DecisionInput, 'advanced'> {
  /** Foreground labels. */
  labels: readonly number[];
  /** The regions that count instead, by name, if the task asks for them. */
  regions?: Regions | undefined;
  /** Value of the references' voxels that count nowhere. Default: none. */
  ignoreLabel?: number | undefined;
}

/**
 * Applies {@link decideBy} to label maps in memory.
 *
 * @throws NnUNetError 'shape-mismatch', 'bad-shape', 'bad-rule'
 */
export function decidePostprocessing(
  pairs: readonly LabelPair[],
  { labels, regions, ignoreLabel, advanced }: DecideOptions,
): Promise<PostprocessingDecision> {
  const diceOf = (test: LabelNumbers, reference: LabelNumbers): Record<string, Scores> =>
    regions === undefined
      ? evaluateCase(test, reference, { labels, ignoreLabel, metrics: ['Dice'] })
      : scoreRegions(test, reference, regions, { ignoreLabel, metrics: ['Dice'] });
  const classes =
    regions === undefined ? labels.map((label) => [String(label), [label]] as const) : Object.entries(regions);
  const raw = pairs.map(({ prediction, reference }) => diceOf(prediction.data, reference.data));
  const measure = async ({ before, after }: Trial): Promise<TrialOutcome> =>
    collectOutcome(
      pairs.map(({ prediction, reference }) => {
        const { labels: data, sizes } = removeAllButLargest(applyPostprocessing(prediction, before).data, {
          shape: prediction.shape,
          spacing: prediction.spacing,
          ...after,
        });
        return { scores: diceOf(data, reference.data), sizes };
      }),
    );
  return decideBy({
    classes: classes.map(([key, labels]) => ({ key, labels })),
    raw: diceOnly(meanScores(raw)),
    advanced,
    measure,
  });
}

/** Combines the scores and component sizes of all cases. */
export function collectOutcome(
  cases: readonly (Pick<ScoredCase, 'scores' | 'regions'> & { sizes: ObjectSizes[] })[],
): TrialOutcome {
  const entries = cases[0]?.sizes.length ?? 0;
  const kept = Array.from({ length: entries }, (_, i) => {
    const sizes = cases.map((entry) => entry.sizes[i]!.kept).filter((size) => size !== null);
    return sizes.length > 0 ? sizes.reduce((a, b) => Math.min(a, b)) : null;
  });
  return { dice: diceOnly(meanScores(cases.map(judgedScores))), kept };
}

/** Extracts the Dice per label from mean scores. */
export function diceOnly(mean: Record<string, Scores>): DicePerLabel {
  return Object.fromEntries(Object.entries(mean).map(([label, scores]) => [label, scores.Dice!]));
}

function pick(scores: DicePerLabel, classes: readonly JudgedClass[]): DicePerLabel {
  return Object.fromEntries(classes.map(({ key }) => [key, scores[key] ?? Number.NaN]));
}
