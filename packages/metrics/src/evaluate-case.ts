import type { Box } from '@nnunet/morphology';
import { type LabelNumbers, labelsIn } from './confusion.ts';
import { labelBoxes } from './label-boxes.ts';
import { LabelComparison } from './label-comparison.ts';
import { type MetricName, type Metrics, scoreLabel, shippedMetrics, usualMetrics } from './metric-registry.ts';
import type { SurfaceMetric } from './surface-distance.ts';
import { countAnnotated, withoutIgnored } from './without-ignored.ts';

/** Metric name to value; NaN where it is undefined. */
export type Scores = Record<string, number>;

export interface EvaluateCaseOptions {
  /** Default: every value found in either label map, background included. */
  labels?: readonly number[];
  /** Value of the reference's voxels that nobody annotated: they count nowhere. Default: none. */
  ignoreLabel?: number | undefined;
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
  /** How far a surface may lie from the other to count as right in NSD, in mm. Default: 1 mm. */
  tolerance?: number;
  /** The same for some labels, by label. */
  labelTolerances?: Readonly<Record<number, number>>;
  /** Lowest intersection over union of two lesions that match, 0 to 1. Default: 0, one voxel in common suffices. */
  lesionIoU?: number;
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
  const scores: Record<string, Scores> = {};
  for (const compared of labelComparisons(test, reference, options))
    scores[compared.label] = scoresOf(compared, options);
  return scores;
}

/** Compares two label maps label by label. Let go of each comparison before taking the next: its masks are large. */
export function* labelComparisons(
  given: LabelNumbers,
  reference: LabelNumbers,
  options: EvaluateCaseOptions,
): Generator<LabelComparison> {
  const { ignoreLabel } = options;
  const { test } = withoutIgnored(given, reference, ignoreLabel);
  const found = () => labelsIn(test, reference).filter((label) => label !== ignoreLabel);
  const { labels = found(), shape = [1, 1, given.length], spacing = [1, 1, 1] } = options;
  const { tolerance = 1, labelTolerances = {}, lesionIoU = 0 } = options;
  const counts = countAnnotated(test, reference, labels, ignoreLabel);
  let known: Map<number, Box> | undefined;
  const boxes = () => {
    known ??= labelBoxes([test, reference], shape);
    return known;
  };
  for (const [i, label] of labels.entries()) {
    const allowances = { tolerance: labelTolerances[label] ?? tolerance, lesionIoU };
    yield new LabelComparison(label, counts[i]!, { test, reference, shape, spacing, boxes }, allowances);
  }
}

/** Scores one label by the metrics of the options. Throws as {@link evaluateCase}. */
export function scoresOf(compared: LabelComparison, options: EvaluateCaseOptions): Scores {
  const { registry = shippedMetrics, surface = [] } = options;
  const { metrics = usualMetrics(registry) } = options;
  return Object.fromEntries([...metrics, ...surface].map((name) => [name, scoreLabel(registry, name, compared)]));
}
