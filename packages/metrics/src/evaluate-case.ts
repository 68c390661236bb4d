import { countConfusion, type LabelNumbers, labelsIn } from './confusion.ts';
import { type OverlapMetric, overlapMetrics } from './overlap.ts';
import { type SurfaceMetric, surfaceDistances, surfaceMetrics } from './surface-distance.ts';

/** Metric name to value; NaN where it is undefined. */
export type Scores = Record<string, number>;

export interface EvaluateCaseOptions {
  /** Default: every value found in either label map, background included. */
  labels?: readonly number[];
  /** Default: those of v1's summary.json. */
  metrics?: readonly OverlapMetric[];
  /** Surface metrics to add; v1's advanced list is `['Hausdorff Distance 95']`. Default: none. */
  surface?: readonly SurfaceMetric[];
  /** (z, y, x); required for surface metrics. */
  shape?: readonly [number, number, number];
  /** mm, (z, y, x). Default: 1 mm. */
  spacing?: readonly [number, number, number];
}

/**
 * Scores a predicted label map against its reference, per label. Only the numbers of voxels are compared here; code
 * that reads the files compares their shapes.
 *
 * @throws NnUNetError 'shape-mismatch'
 */
export function evaluateCase(
  test: LabelNumbers,
  reference: LabelNumbers,
  options: EvaluateCaseOptions = {},
): Record<string, Scores> {
  const labels = options.labels ?? labelsIn(test, reference);
  const metrics = options.metrics ?? (Object.keys(overlapMetrics) as OverlapMetric[]);
  const counts = countConfusion(test, reference, labels);
  return Object.fromEntries(
    labels.map((label, i) => {
      const scores: Scores = {};
      for (const name of metrics) scores[name] = overlapMetrics[name](counts[i]!);
      if (options.surface?.length) Object.assign(scores, surfaceScores(test, reference, label, options));
      return [String(label), scores];
    }),
  );
}

function surfaceScores(
  test: LabelNumbers,
  reference: LabelNumbers,
  label: number,
  options: EvaluateCaseOptions,
): Scores {
  const distances = surfaceDistances({
    test: maskOf(test, label),
    reference: maskOf(reference, label),
    shape: options.shape ?? [1, 1, test.length],
    spacing: options.spacing ?? [1, 1, 1],
  });
  return Object.fromEntries(
    (options.surface ?? []).map((name) => [name, distances === null ? Number.NaN : surfaceMetrics[name](distances)]),
  );
}

function maskOf(map: LabelNumbers, label: number): Uint8Array {
  const mask = new Uint8Array(map.length);
  for (let i = 0; i < map.length; i++) if (map[i] === label) mask[i] = 1;
  return mask;
}
