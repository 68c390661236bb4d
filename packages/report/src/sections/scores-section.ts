import type { Summary } from '@nnunet/metrics';
import { judgedClasses, meanDice, nameOfCase } from '@nnunet/metrics/internal';
import { describeRule } from '@nnunet/pipeline/internal';
import type { DatasetLabels } from '@nnunet/schema/internal';
import { orNull } from '../numbers.ts';
import type { CandidateEntry, ScoresSection } from '../report-data.ts';
import { bestOf, type ValidatedCandidate } from './cross-validation.ts';
import { pairedBootstrap } from './paired-bootstrap.ts';
import { casesIn } from './summary-cases.ts';

/** How postprocessing is told. */
interface PostprocessingWords {
  decides: string;
  known: DatasetLabels | null;
}

/**
 * Compares the candidates of a cross-validation; null if there is neither one nor scores of test images.
 *
 * @param words `decides`: the command that decides on postprocessing; `known`: what is known of the labels
 */
export function describeScores(
  candidates: readonly ValidatedCandidate[],
  test: ScoresSection['test'],
  words: PostprocessingWords,
): ScoresSection | null {
  if (candidates.length === 0 && test === null) return null;
  const best = bestOf(candidates);
  const entries = candidates.map((candidate) => entryOf(candidate, best.includes(candidate)));
  const differences = best[0] === undefined ? [] : differencesOf(best[0], candidates);
  return {
    candidates: entries,
    postprocessing: candidates.flatMap((candidate) => postprocessingInWords(candidate, words)),
    differences,
    notes: notesOn(entries),
    test,
  };
}

function entryOf({ name, candidate, summary, postprocessed }: ValidatedCandidate, best: boolean): CandidateEntry {
  return {
    name,
    dice: diceByCase(summary),
    means: Object.fromEntries(Object.entries(candidate.dice).map(([label, value]) => [label, orNull(value)])),
    mean: orNull(candidate.average),
    meanPostprocessed: postprocessed === null ? null : orNull(meanDice(postprocessed)),
    cases: summary.results.all.length,
    best,
  };
}

/** Returns the Dice in a summary: label or region → case → value, null where undefined. */
export function diceByCase(summary: Summary): CandidateEntry['dice'] {
  return Object.fromEntries(
    judgedClasses(summary).map(({ key, all }) => [
      key,
      Object.fromEntries(summary.results.all.map(({ test }, i) => [nameOfCase(test), orNull(all[i]?.Dice)])),
    ]),
  );
}

function differencesOf(
  best: ValidatedCandidate,
  candidates: readonly ValidatedCandidate[],
): ScoresSection['differences'] {
  const own = diceByCase(best.summary);
  return candidates.flatMap((other) => {
    if (other === best) return [];
    const theirs = diceByCase(other.summary);
    const ids = new Set(casesIn(other.summary));
    const common = casesIn(best.summary).filter((id) => ids.has(id));
    const labels = Object.keys(own).filter((label) => theirs[label] !== undefined);
    if (common.length === 0 || labels.length === 0) return [];
    const inOrder = (dice: CandidateEntry['dice']) =>
      labels.map((label) => Float64Array.from(common, (id) => dice[label]![id] ?? Number.NaN));
    const { difference, low, high } = pairedBootstrap(inOrder(own), inOrder(theirs));
    if ([difference, low, high].some(Number.isNaN)) return [];
    return [{ other: other.name, difference, low, high, cases: common.length }];
  });
}

function notesOn(entries: readonly CandidateEntry[]): string[] {
  const best = entries.filter((entry) => entry.best);
  const most = Math.max(...entries.map(({ cases }) => cases));
  const partial = entries.filter(({ cases }) => cases < most).map(({ name, cases }) => `${name} (${cases})`);
  return [
    ...(best.length > 1 ? [`${best.map(({ name }) => name).join(' and ')} are equally good.`] : []),
    ...(partial.length > 0 ? [`Not yet validated on all ${most} cases, so not eligible: ${partial.join(', ')}.`] : []),
  ];
}

function postprocessingInWords(
  { name, candidate, rule, postprocessed }: ValidatedCandidate,
  { decides, known }: PostprocessingWords,
): string[] {
  if (rule === null) return [`${name}: not decided yet; ${decides}.`];
  const decision = `${name}: ${describeRule(rule, known ?? {})}`;
  if (postprocessed === null || rule.entries.length === 0) return [`${decision}.`];
  const after = meanDice(postprocessed);
  const change = signed(after - candidate.average);
  return [`${decision}. The mean Dice changes from ${four(candidate.average)} to ${four(after)} (${change}).`];
}

/** '+0.0123', '−0.0032' */
function signed(value: number): string {
  const text = Math.abs(value).toFixed(4);
  return `${value < 0 && Number(text) > 0 ? '−' : '+'}${text}`;
}

function four(value: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(4);
}
