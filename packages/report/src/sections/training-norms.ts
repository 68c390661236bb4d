import { significant, volumeInWords } from '../in-words.ts';
import type { LabelMeasures } from '../measures/measure-labels.ts';
import { OUTLIER, type RobustScale, robustScale, robustScore } from './robust-scale.ts';

/** A reason to look at a case. */
export interface Remark {
  /** Robust z-score, or more for what is certainly wrong; the most serious cases come first. */
  severity: number;
  text: string;
}

/** What is usual for a label in the training data; null where there is too little of it. */
export interface LabelNorms {
  name: string;
  /** Number of training label maps, and of those that contain the label. */
  cases: number;
  present: number;
  /** Of the natural logarithm of the volume in mm³. */
  volume: RobustScale | null;
  components: RobustScale | null;
  /** Of the centre: from right to left, front to back, bottom to top. */
  position: (RobustScale | null)[];
  /** By modality. */
  intensities: (RobustScale | null)[];
}

/** By label value. */
export type TrainingNorms = Record<string, LabelNorms>;

/** What makes no difference to a person: 20 % of volume, one component, 8 % of an image's edge, 0.3 deviations. */
const LEAST = { volume: Math.log(1.2), components: 1, position: 0.08, intensity: 0.3 };

/** Severity of a missing label. */
const MISSING = 50;

/** The most that a z-score counts. */
export const MOST_SEVERE = 30;

const DIRECTIONS = ['from right to left', 'from front to back', 'from bottom to top'];

/** Summarises the labels of the training cases. */
export function trainingNorms(
  cases: readonly { labels: Record<string, LabelMeasures> }[],
  labels: readonly { value: number; name: string }[],
): TrainingNorms {
  return Object.fromEntries(labels.map(({ value, name }) => [String(value), normsOf(cases, String(value), name)]));
}

function normsOf(cases: readonly { labels: Record<string, LabelMeasures> }[], value: string, name: string): LabelNorms {
  const all = cases.flatMap(({ labels }) => labels[value] ?? []);
  const present = all.filter(({ volume }) => volume > 0);
  const positions = present.flatMap(({ position }) => (position === null ? [] : [position]));
  const modalities = Math.max(0, ...present.map(({ intensities }) => intensities.length));
  const scale = (values: number[], least: number) => robustScale(values, least / OUTLIER);
  return {
    name,
    cases: all.length,
    present: present.length,
    volume: scale(
      present.map(({ volume }) => Math.log(volume)),
      LEAST.volume,
    ),
    components: scale(
      present.map(({ components }) => components),
      LEAST.components,
    ),
    position: [0, 1, 2].map((axis) =>
      scale(
        positions.map((position) => position[axis]!),
        LEAST.position,
      ),
    ),
    intensities: Array.from({ length: modalities }, (_, m) =>
      scale(
        present.flatMap(({ intensities }) => intensities[m] ?? []),
        LEAST.intensity,
      ),
    ),
  };
}

/** Says in which respects the labels of a case are unlike those of the training cases, the most serious first. */
export function unlikeTraining(labels: Record<string, LabelMeasures>, norms: TrainingNorms): Remark[] {
  const remarks = Object.entries(labels).flatMap(([value, measures]) => {
    const usual = norms[value];
    return usual === undefined ? [] : unlike(measures, usual);
  });
  return remarks.sort((a, b) => b.severity - a.severity);
}

function unlike(measures: LabelMeasures, usual: LabelNorms): Remark[] {
  const { name } = usual;
  if (measures.volume === 0) {
    if (usual.cases < 5 || usual.present < 0.95 * usual.cases) return [];
    return [{ severity: MISSING, text: `No ${name}, which ${inCases(usual)} contain.` }];
  }
  const remarks: Remark[] = [];
  const compare = (value: number, scale: RobustScale | null | undefined, say: (scale: RobustScale) => string) => {
    if (scale === null || scale === undefined) return;
    const severity = Math.abs(robustScore(value, scale));
    // Values of two kinds, or of few cases, may all be far from their median.
    const outside = value < scale.low || value > scale.high;
    if (severity > OUTLIER && outside) remarks.push({ severity: Math.min(MOST_SEVERE, severity), text: say(scale) });
  };
  compare(Math.log(measures.volume), usual.volume, ({ low, high, median }) => {
    const than = Math.log(measures.volume) > median ? 'larger' : 'smaller';
    return (
      `The volume of ${name}, ${volumeInWords(measures.volume)}, is much ${than} than in the training labels ` +
      `(${volumeInWords(Math.exp(low))} to ${volumeInWords(Math.exp(high))}).`
    );
  });
  compare(measures.components, usual.components, ({ low, high }) => {
    const [least, most] = [Math.round(low), Math.round(high)];
    const range = least === most ? String(least) : `${least} to ${most}`;
    return `${name} has ${measures.components} separate components; in the training labels, ${range}.`;
  });
  const away = (measures.position ?? []).map((at, axis) => {
    const scale = usual.position[axis];
    return scale ? Math.abs(robustScore(at, scale)) : 0;
  });
  const axis = away.indexOf(Math.max(0, ...away));
  if (axis >= 0)
    compare(measures.position![axis]!, usual.position[axis], ({ low, high }) => {
      const at = measures.position![axis]!;
      const range = percent(low) === percent(high) ? percent(low) : `${percent(low)} to ${percent(high)}`;
      return `${name} lies at ${percent(at)} of the image ${DIRECTIONS[axis]}; in the training labels, at ${range}.`;
    });
  for (const [m, value] of measures.intensities.entries()) {
    if (value === null) continue;
    const of = measures.intensities.length > 1 ? ` in modality ${m}` : '';
    compare(
      value,
      usual.intensities[m],
      ({ low, high }) =>
        `The mean intensity of ${name}${of}, ${significant(value)}, is unlike the training labels' (${significant(low)} to ${significant(high)}).`,
    );
  }
  return remarks;
}

function inCases({ cases, present }: LabelNorms): string {
  return present === cases ? `all ${cases} training label maps` : `${present} of ${cases} training label maps`;
}

function percent(fraction: number): string {
  return `${Math.round(100 * fraction)} %`;
}

/** The sum of the severities: cases with the highest come first. */
export function severityOf(remarks: readonly Remark[]): number {
  return remarks.reduce((sum, { severity }) => sum + severity, 0);
}
