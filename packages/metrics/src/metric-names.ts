import { type MetricName, type Metrics, shippedMetrics } from './metric-registry.ts';

/** Other names that the field uses. */
const SYNONYMS: Readonly<Record<string, MetricName>> = {
  DSC: 'Dice',
  IoU: 'Jaccard',
  PPV: 'Precision',
  NPV: 'Negative Predictive Value',
  Sensitivity: 'Recall',
  TPR: 'Recall',
  'True Positive Rate': 'Recall',
  Specificity: 'True Negative Rate',
  TNR: 'True Negative Rate',
  FPR: 'False Positive Rate',
  FNR: 'False Negative Rate',
  FDR: 'False Discovery Rate',
  FOR: 'False Omission Rate',
  'Surface Dice': 'NSD',
};

/**
 * Returns the name under which a registry has a metric that a user names: in small or capital letters, with or without
 * spaces and signs, by another name of the field such as IoU for Jaccard.
 *
 * @throws NnUNetError 'unknown-metric'
 */
export function metricNamed(word: string, registry: Metrics = shippedMetrics): string {
  const wanted = simplified(word);
  const isWanted = (name: string) => simplified(name) === wanted;
  const synonym = Object.keys(SYNONYMS).find(isWanted);
  return registry.names().find(isWanted) ?? (synonym ? SYNONYMS[synonym]! : registry.get(word).name);
}

function simplified(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}
