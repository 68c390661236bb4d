import { NnUNetError } from '@nnunet/errors';

/** Meaning of the output channels of a v2 model. */
export interface LabelsV2 {
  /** All except the background and the ignore label, ascending. */
  foreground: number[];
  /** Number of output channels. */
  outputs: number;
  /** Label of each region in writing order; null if labels are mutually exclusive. */
  regionClassOrder: number[] | null;
}

/**
 * Reads the labels from v2's dataset.json. If any label has several values, they are regions: one output for each
 * except the background.
 *
 * @param where file name for error messages
 * @throws NnUNetError 'bad-dataset'
 */
export function labelsV2(dataset: { labels?: unknown; regions_class_order?: unknown }, where: string): LabelsV2 {
  const bad = (what: string) =>
    new NnUNetError('bad-dataset', { what, where, remedy: 'Use the dataset.json with which the model was trained.' });
  const { labels, regions_class_order: order } = dataset;
  if (typeof labels !== 'object' || labels === null) throw bad('"labels" is missing');
  const entries = Object.entries(labels)
    .filter(([name]) => name !== 'ignore')
    .map(([, value]) => [value].flat() as unknown[]);
  const values = entries.flat();
  if (!values.every((v): v is number => Number.isInteger(v) && (v as number) >= 0))
    throw bad('the values of "labels" must be integers or lists of integers');
  const all = [...new Set(values)].sort((a, b) => a - b);
  const foreground = all.filter((label) => label !== 0);
  if (!entries.some((list) => list.length > 1)) return { foreground, outputs: all.length, regionClassOrder: null };
  const outputs = entries.filter((list) => list.some((label) => label !== 0)).length;
  if (!Array.isArray(order) || order.length !== outputs || !order.every((label) => Number.isInteger(label)))
    throw bad(`regions need "regions_class_order" with ${outputs} labels`);
  return { foreground, outputs, regionClassOrder: order as number[] };
}
