import { NnUNetError } from '@nnunet/errors';

/** What the output channels of a model of v2 stand for. */
export interface LabelsV2 {
  /** All but the background and the ignored label, ascending. */
  foreground: number[];
  /** Output channels. */
  outputs: number;
  /** Label of each region in the order of writing; null where labels exclude each other. */
  regionClassOrder: number[] | null;
}

/**
 * The labels of v2's dataset.json. Where one of them has several values they are regions: an output for each but the
 * background.
 *
 * @param where file name for messages
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
