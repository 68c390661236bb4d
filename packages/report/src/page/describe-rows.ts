import { counted } from '@nnunet/errors/internal';
import type { StripChart } from '@nnunet/plot';
import { percentileOfSorted } from '@nnunet/tensor/internal';
import { plain } from './number-texts.ts';

/** Says in words what a chart of strips shows. */
export function describeRows(axis: string, rows: StripChart['rows']): string {
  return rows
    .map(({ name, points }) => {
      if (points.length === 0) return `${name}: no values.`;
      const sorted = Float64Array.from(points, ({ value }) => value).sort();
      const median = percentileOfSorted(sorted, 50);
      const range = `from ${plain(sorted[0]!)} to ${plain(sorted.at(-1)!)} ${axis}, median ${plain(median)}`;
      return `${name}: ${counted(sorted.length, 'value')} ${range}.`;
    })
    .join(' ');
}
