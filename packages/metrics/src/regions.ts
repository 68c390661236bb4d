import type { LabelNumbers } from './confusion.ts';
import { dice } from './overlap.ts';
import type { Regions } from './score-regions.ts';
import { meanWithoutNaN } from './summary.ts';
import { withoutIgnored } from './without-ignored.ts';

/**
 * Returns the Dice of each region for two label maps of the same length; NaN if a region is empty in both.
 *
 * @param ignoreLabel value of the reference's voxels that count nowhere. Default: none
 */
export function regionDice(
  given: LabelNumbers,
  reference: LabelNumbers,
  regions: Regions,
  ignoreLabel?: number,
): Record<string, number> {
  const { test } = withoutIgnored(given, reference, ignoreLabel);
  return Object.fromEntries(
    Object.entries(regions).map(([name, labels]) => {
      const members = new Set(labels);
      const counts = { tp: 0, fp: 0, fn: 0, tn: 0 };
      for (let i = 0; i < test.length; i++) {
        const a = members.has(test[i]!);
        const b = members.has(reference[i]!);
        if (a) b ? counts.tp++ : counts.fp++;
        else b ? counts.fn++ : counts.tn++;
      }
      return [name, dice(counts)];
    }),
  );
}

/**
 * Formats v1's summary.csv of regions: one line per case with four decimals (`nan` if undefined), then mean and median,
 * both without undefined values and with undefined values counted as 1 (v1's region_based_evaluation.py).
 */
export function formatRegionTable(cases: readonly { name: string; dice: Record<string, number> }[]): string {
  const regions = Object.keys(cases[0]?.dice ?? {});
  const columns = regions.map((region) => cases.map((entry) => entry.dice[region]!));
  const filled = columns.map((column) => column.map((value) => (Number.isNaN(value) ? 1 : value)));
  const defined = columns.map((column) => column.filter((value) => !Number.isNaN(value)));
  const line = (name: string, values: readonly number[]): string => [name, ...values.map(fourDecimals)].join(',');
  const lines = [
    ['casename', ...regions].join(','),
    ...cases.map((entry) => line(entry.name, Object.values(entry.dice))),
    line('mean', columns.map(meanWithoutNaN)),
    line('median', defined.map(middle)),
    line('mean (nan is 1)', filled.map(meanWithoutNaN)),
    line('median (nan is 1)', filled.map(middle)),
  ];
  return `${lines.join('\n')}\n`;
}

function fourDecimals(value: number): string {
  return Number.isNaN(value) ? 'nan' : value.toFixed(4);
}

function middle(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
