import { countConfusion, type LabelNumbers, labelsIn } from './confusion.ts';
import { LabelComparison } from './label-comparison.ts';
import { type MetricName, type Metrics, scoreLabel, shippedMetrics, usualMetrics } from './metric-registry.ts';
import type { SurfaceMetric } from './surface-distance.ts';

/** Metric name to value; NaN where it is undefined. */
export type Scores = Record<string, number>;

export interface EvaluateCaseOptions {
  /** Default: every value found in either label map, background included. */
  labels?: readonly number[];
  /** Default: those of v1's summary.json, and your own of the registry. */
  metrics?: readonly MetricName[];
  /** Surface metrics to add; v1's advanced list is `['Hausdorff Distance 95']`. Default: none. */
  surface?: readonly SurfaceMetric[];
  /** Where metrics are looked up: `shippedMetrics.with(mine)`. Default: the shipped ones. */
  registry?: Metrics;
  /** (z, y, x); for surface metrics and your own. Default: one row of voxels. */
  shape?: readonly [number, number, number];
  /** mm, (z, y, x). Default: 1 mm. */
  spacing?: readonly [number, number, number];
}

/**
 * Scores a predicted label map against its reference, per label. Only the numbers of voxels are compared here; code
 * that reads the files compares their shapes.
 *
 * @throws NnUNetError 'shape-mismatch', 'unknown-metric'; 'bad-metric' if a metric of the user's own fails or returns no number
 */
export function evaluateCase(
  test: LabelNumbers,
  reference: LabelNumbers,
  options: EvaluateCaseOptions = {},
): Record<string, Scores> {
  const { labels = labelsIn(test, reference), registry = shippedMetrics, surface = [] } = options;
  const { metrics = usualMetrics(registry), shape = [1, 1, test.length], spacing = [1, 1, 1] } = options;
  const names = [...metrics, ...surface];
  const counts = countConfusion(test, reference, labels);
  return Object.fromEntries(
    labels.map((label, i) => {
      const compared = new LabelComparison(label, counts[i]!, { test, reference, shape, spacing });
      return [String(label), Object.fromEntries(names.map((name) => [name, scoreLabel(registry, name, compared)]))];
    }),
  );
}
