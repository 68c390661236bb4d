import { type NameAmong, NnUNetError, Registry } from '@nnunet/errors';
import { messageOf, objectWith } from '@nnunet/errors/internal';
import type { LabelComparison } from './label-comparison.ts';
import { type LesionMetric, lesionMetrics } from './lesions.ts';
import { type OverlapMetric, overlapMetrics } from './overlap.ts';
import { surfaceDice } from './surface-dice.ts';
import { type SurfaceMetric, surfaceMetrics } from './surface-distance.ts';

/** A metric: a name in summary.json, and how a label is scored. */
export interface Metric {
  readonly name: string;
  /** Scores one label of a case; NaN where the metric is undefined. */
  score(compared: LabelComparison): number;
}

/** Metrics of volume, in ml and as a share of the reference; the sign is + where the prediction is larger. */
const volumeMetrics = {
  'Volume Difference': ({ counts: { fp, fn }, spacing }) => ((fp - fn) * (spacing[0] * spacing[1] * spacing[2])) / 1000,
  'Relative Volume Difference': ({ counts: { tp, fp, fn } }) => (tp + fn === 0 ? Number.NaN : (fp - fn) / (tp + fn)),
} satisfies Record<string, Metric['score']>;

const NSD: Metric['score'] = ({ cropped, shape, spacing, tolerance }) =>
  surfaceDice({ ...cropped, image: shape, spacing }, tolerance);

type ShippedMetric = OverlapMetric | SurfaceMetric | 'NSD' | keyof typeof volumeMetrics | LesionMetric;

const shipped = {
  ...scoredBy(
    overlapMetrics,
    (of) =>
      ({ counts }) =>
        of(counts),
  ),
  ...scoredBy(
    surfaceMetrics,
    (of) =>
      ({ distances }) =>
        distances === null ? Number.NaN : of(distances),
  ),
  ...scoredBy({ NSD, ...volumeMetrics }, (score) => score),
  ...scoredBy(
    lesionMetrics,
    (of) =>
      ({ lesions }) =>
        of(lesions),
  ),
} satisfies Record<ShippedMetric, Metric>;

/** Makes metrics of functions by name. */
function scoredBy<Name extends string, Of>(
  functions: Readonly<Record<Name, Of>>,
  scoreBy: (of: Of) => Metric['score'],
): Record<Name, Metric> {
  const entries = Object.entries<Of>(functions).map(([name, of]) => [name, { name, score: scoreBy(of) }]);
  return Object.fromEntries(entries) as Record<Name, Metric>;
}

/** The shipped metrics by their names in summary.json. `with(mine)` adds your own. */
export const shippedMetrics = new Registry<Metric, ShippedMetric>(
  { noun: 'metric', unknown: 'unknown-metric', ...objectWith('score') },
  shipped,
);

/** A registry of metrics: the shipped ones and your own. */
export type Metrics = typeof shippedMetrics;

/** Name of a metric: a shipped one or your own. */
export type MetricName = NameAmong<ShippedMetric>;

/** The metrics of v1's summary.json and the user's own. */
export function usualMetrics(metrics: Metrics): MetricName[] {
  return metrics.names().filter((name) => Object.hasOwn(overlapMetrics, name) || !Object.hasOwn(shipped, name));
}

/** Whether a registry has metrics that come from no module, so that no thread can load them. */
export function onlyHere(metrics: Metrics): boolean {
  return metrics.modules.length === 0 && metrics.names().some((name) => !Object.hasOwn(shipped, name));
}

/**
 * Scores a label by the metric of this name.
 *
 * @throws NnUNetError 'unknown-metric'; 'bad-metric' if a metric of the user's own fails or returns no number
 */
export function scoreLabel(metrics: Metrics, name: string, compared: LabelComparison): number {
  const metric = metrics.get(name);
  let score: unknown;
  try {
    score = metric.score(compared);
  } catch (cause) {
    const message = messageOf(cause);
    throw badMetric(`the metric ${name} failed for label ${compared.label}: ${message}`, cause);
  }
  if (typeof score === 'number' && Math.abs(score) !== Number.POSITIVE_INFINITY) return score;
  throw badMetric(`the metric ${name} returned ${String(score)} for label ${compared.label}`);
}

function badMetric(what: string, cause?: unknown): NnUNetError {
  return new NnUNetError('bad-metric', { what, remedy: 'It must return a number, NaN where it is undefined.', cause });
}
