import type { Confusion } from './confusion.ts';

/** The overlap metrics of summary.json, by name; NaN if the denominator is zero. Rates are fractions. */
export const overlapMetrics = {
  Accuracy: ({ tp, fp, tn, fn }) => (tp + tn) / (tp + fp + tn + fn),
  Dice: ({ tp, fp, fn }) => (2 * tp) / (2 * tp + fp + fn),
  'False Discovery Rate': (c) => 1 - precision(c),
  'False Negative Rate': (c) => 1 - recall(c),
  'False Omission Rate': (c) => falseOmissionRate(c),
  'False Positive Rate': (c) => 1 - trueNegativeRate(c),
  Jaccard: ({ tp, fp, fn }) => tp / (tp + fp + fn),
  'Negative Predictive Value': (c) => 1 - falseOmissionRate(c),
  Precision: (c) => precision(c),
  Recall: (c) => recall(c),
  'Total Positives Reference': ({ tp, fn }) => tp + fn,
  'Total Positives Test': ({ tp, fp }) => tp + fp,
  'True Negative Rate': (c) => trueNegativeRate(c),
} satisfies Record<string, (counts: Confusion) => number>;

export type OverlapMetric = keyof typeof overlapMetrics;

function precision({ tp, fp }: Confusion): number {
  return tp / (tp + fp);
}

function recall({ tp, fn }: Confusion): number {
  return tp / (tp + fn);
}

function trueNegativeRate({ tn, fp }: Confusion): number {
  return tn / (tn + fp);
}

function falseOmissionRate({ fn, tn }: Confusion): number {
  return fn / (fn + tn);
}

/** Returns the Dice coefficient 2tp / (2tp + fp + fn); NaN if the label is absent from both. */
export function dice(counts: Confusion): number {
  return overlapMetrics.Dice(counts);
}
