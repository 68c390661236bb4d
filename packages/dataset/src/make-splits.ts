import { NnUNetError } from '@nnunet/errors';
import { requireInteger } from '@nnunet/errors/internal';
import type { Split } from '@nnunet/schema';
import { numpyRandom } from '@nnunet/tensor';

export interface MakeSplitsOptions {
  /** Number of folds, at least 2. */
  folds: number;
  /** Seed of NumPy's generator; v1 uses 12345. */
  seed: number;
  /** Group of each case, such as its patient; groups are never divided. Default: every case is its own group. */
  groupOf?: ReadonlyMap<string, string>;
  /** Strata of each case, to be spread evenly over the folds: a site, or the labels that occur in it. */
  strataOf?: ReadonlyMap<string, readonly string[]>;
}

/**
 * Creates folds for cross-validation: every case is validated in exactly one fold and used for training in the others.
 *
 * Without groups and strata, this is scikit-learn's KFold with shuffle, as in v1: the sorted cases are shuffled once
 * and cut into runs, of which the first n mod folds have one additional case. With groups or strata, the groups are
 * shuffled, sorted by descending weight, and assigned one by one to the fold where the shares of cases and strata then
 * vary least over the folds (the idea of scikit-learn's StratifiedGroupKFold; a case may belong to several strata).
 * @param caseIds in any order, without duplicates
 * @throws NnUNetError 'usage', 'duplicate-cases', 'too-few-cases' (fewer cases, or groups, than folds), 'unknown-case'
 *   for a case without a group
 */
export function makeSplits(caseIds: Iterable<string>, options: MakeSplitsOptions): Split[] {
  const { folds, seed, groupOf, strataOf } = options;
  const cases = [...caseIds].sort();
  check(cases, options);
  const foldOf =
    groupOf === undefined && strataOf === undefined
      ? plainFolds(cases, folds, seed)
      : balancedFolds(cases, { folds, seed, groupOf, strataOf });
  return Array.from({ length: folds }, (_, fold) => ({
    train: cases.filter((_, i) => foldOf[i] !== fold),
    val: cases.filter((_, i) => foldOf[i] === fold),
  }));
}

function check(cases: readonly string[], { folds, seed, groupOf }: MakeSplitsOptions): void {
  requireInteger('folds', folds, 2);
  requireInteger('seed', seed, 0, 2 ** 32 - 1);
  const twice = cases.find((id, i) => id === cases[i - 1]);
  if (twice !== undefined) {
    throw new NnUNetError('duplicate-cases', { what: `the case ${twice} is listed twice`, remedy: 'List it once.' });
  }
  const without = groupOf === undefined ? [] : cases.filter((id) => !groupOf.has(id));
  if (without.length > 0) {
    throw new NnUNetError('unknown-case', {
      what: `no group for ${without.length} of ${cases.length} cases: ${shortList(without)}`,
      remedy: 'Every case needs a group, so that it cannot leak between training and validation.',
    });
  }
  const groups = groupOf === undefined ? cases.length : new Set(cases.map((id) => groupOf.get(id)!)).size;
  if (groups < folds) {
    const what = groupOf === undefined ? 'training case' : 'group';
    throw new NnUNetError('too-few-cases', {
      what: `${groups} ${what}${groups === 1 ? '' : 's'}: ${folds === 5 ? 'five' : folds} folds need at least ${folds}`,
      remedy: 'Add cases, make fewer folds, train fold "all", or write your own splits_final.json.',
    });
  }
}

/** Returns the fold in which each of the sorted cases is validated. */
function plainFolds(cases: readonly string[], folds: number, seed: number): Int32Array {
  const order = numpyRandom(seed).shuffle(cases.length);
  const foldOf = new Int32Array(cases.length);
  for (let fold = 0, start = 0; fold < folds; fold++) {
    const size = Math.floor(cases.length / folds) + (fold < cases.length % folds ? 1 : 0);
    for (let i = start; i < start + size; i++) foldOf[order[i]!] = fold;
    start += size;
  }
  return foldOf;
}

interface Group {
  /** Indices of the group's cases. */
  cases: number[];
  /** Number of cases, then the number of cases per stratum, each as a fraction of the total. */
  shares: Float64Array;
}

function balancedFolds(cases: readonly string[], options: MakeSplitsOptions): Int32Array {
  const { folds, seed } = options;
  const groups = groupsOf(cases, options);
  const order = [...numpyRandom(seed).shuffle(groups.length)].map((i) => groups[i]!);
  const weight = ({ shares }: Group): number => shares.reduce((sum, share) => sum + share, 0);
  order.sort((a, b) => weight(b) - weight(a));
  const width = groups[0]!.shares.length;
  const filled = Array.from({ length: folds }, () => new Float64Array(width));
  const foldOf = new Int32Array(cases.length);
  for (const group of order) {
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let fold = 0; fold < folds; fold++) {
      // Adding s to a fold that holds f increases the sum of squares by 2 f s + s²; the other terms of the variance are
      // constant.
      let growth = 0;
      for (let k = 0; k < width; k++) growth += filled[fold]![k]! * group.shares[k]!;
      const isSmaller = growth < least - 1e-12 || (growth < least + 1e-12 && filled[fold]![0]! < filled[best]![0]!);
      if (!isSmaller) continue;
      least = growth;
      best = fold;
    }
    for (let k = 0; k < width; k++) filled[best]![k]! += group.shares[k]!;
    for (const i of group.cases) foldOf[i] = best;
  }
  return foldOf;
}

function groupsOf(cases: readonly string[], { groupOf, strataOf }: MakeSplitsOptions): Group[] {
  const strata = [...new Set(cases.flatMap((id) => strataOf?.get(id) ?? []))].sort();
  const index = new Map(strata.map((name, k) => [name, k + 1]));
  const totals = new Float64Array(strata.length + 1);
  const groups = new Map<string, Group>();
  cases.forEach((id, i) => {
    const name = groupOf?.get(id) ?? id;
    const group = groups.get(name) ?? { cases: [], shares: new Float64Array(strata.length + 1) };
    groups.set(name, group);
    group.cases.push(i);
    for (const k of [0, ...[...new Set(strataOf?.get(id) ?? [])].map((stratum) => index.get(stratum)!)]) {
      group.shares[k]!++;
      totals[k]!++;
    }
  });
  const list = [...groups.values()];
  for (const { shares } of list) for (let k = 0; k < shares.length; k++) shares[k]! /= totals[k]!;
  return list;
}

function shortList(ids: readonly string[]): string {
  return `${ids.slice(0, 10).join(', ')}${ids.length > 10 ? ', …' : ''}`;
}
