import { counted } from '@nnunet/errors/internal';
import type { StripChart } from '@nnunet/plot';
import { plain } from './number-texts.ts';

/** Says in words what a chart of strips shows. */
export function describeRows(axis: string, rows: StripChart['rows']): string {
  return rows
    .map(({ name, points }) => {
      const sorted = points.map(({ value }) => value).sort((a, b) => a - b);
      if (sorted.length === 0) return `${name}: no values.`;
      const middle = (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.floor(sorted.length / 2)]!) / 2;
      const range = `from ${plain(sorted[0]!)} to ${plain(sorted.at(-1)!)} ${axis}, median ${plain(middle)}`;
      return `${name}: ${counted(sorted.length, 'value')} ${range}.`;
    })
    .join(' ');
}
