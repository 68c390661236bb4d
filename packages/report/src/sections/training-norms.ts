import { counted } from '@nnunet/errors/internal';
import { significant, volumeInWords } from '../in-words.ts';
import type { LabelKey } from '../label-class.ts';
import type { LabelMeasures } from '../measures/measure-labels.ts';
import { isOutside, OUTLIER, type RobustScale, robustScale, robustScore } from './robust-scale.ts';

/** A reason to look at a case. */
export interface Remark {
  /** Robust z-score, or more for what is certainly wrong; the most serious cases come first. */
  severity: number;
  text: string;
}

/** A respect in which a case is unlike the training data. */
export interface Oddity extends Remark {
  /** Label and measure, for example '2 volume': equal in a prediction and its reference if they have the same oddity. */
  about: string;
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
  intensities: { name: string; absolute: boolean; scale: RobustScale | null }[];
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

/** A modality, and whether its intensities are comparable between images. */
export interface Modality {
  name: string;
  absolute: boolean;
}

/** Summarises the labels of the training cases. */
export function trainingNorms(
  cases: readonly { labels: Record<string, LabelMeasures> }[],
  labels: readonly { value: LabelKey; name: string }[],
  modalities: readonly Modality[],
): TrainingNorms {
  return Object.fromEntries(
    labels.map(({ value, name }) => [String(value), normsOf(cases, String(value), name, modalities)]),
  );
}

function normsOf(
  cases: readonly { labels: Record<string, LabelMeasures> }[],
  value: string,
  name: string,
  modalities: readonly Modality[],
): LabelNorms {
  const all = cases.flatMap(({ labels }) => labels[value] ?? []);
  const present = all.filter(({ volume }) => volume > 0);
  const positions = present.flatMap(({ position }) => (position === null ? [] : [position]));
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
    intensities: modalities.map((modality, m) => ({
      ...modality,
      scale: scale(
        present.flatMap(({ intensities }) => intensities[m] ?? []),
        LEAST.intensity,
      ),
    })),
  };
}

/** Says in which respects the labels of a case are unlike those of the training cases, the most serious first. */
export function unlikeTraining(labels: Record<string, LabelMeasures>, norms: TrainingNorms): Oddity[] {
  const remarks = Object.entries(labels).flatMap(([value, measures]) => {
    const usual = norms[value];
    return usual === undefined ? [] : unlike(value, measures, usual);
  });
  return remarks.sort((a, b) => b.severity - a.severity);
}

function unlike(label: string, measures: LabelMeasures, usual: LabelNorms): Oddity[] {
  const { name } = usual;
  if (measures.volume === 0) {
    if (usual.cases < 5 || usual.present < 0.95 * usual.cases) return [];
    return [{ severity: MISSING, text: `No ${name}, which ${inCases(usual)} contain.`, about: `${label} missing` }];
  }
  const remarks: Oddity[] = [];
  const compare = (
    what: string,
    { value, scale, least }: { value: number; scale: RobustScale | null | undefined; least: number },
    say: (scale: RobustScale) => string,
  ) => {
    if (scale === null || scale === undefined) return;
    const severity = Math.min(MOST_SEVERE, Math.abs(robustScore(value, scale)));
    if (severity > OUTLIER && isOutside(value, scale, least)) {
      remarks.push({ severity, text: say(scale), about: `${label} ${what}` });
    }
  };
  const volume = Math.log(measures.volume);
  compare('volume', { value: volume, scale: usual.volume, least: LEAST.volume }, ({ low, high, median }) => {
    const than = volume > median ? 'larger' : 'smaller';
    return (
      `The volume of ${name}, ${volumeInWords(measures.volume)}, is much ${than} than in the training labels ` +
      `(${volumeInWords(Math.exp(low))} to ${volumeInWords(Math.exp(high))}).`
    );
  });
  const { components, position } = measures;
  compare('components', { value: components, scale: usual.components, least: LEAST.components }, ({ low, high }) => {
    const [fewest, most] = [Math.round(low), Math.round(high)];
    const range = fewest === most ? String(fewest) : `${fewest} to ${most}`;
    return `${name} has ${counted(components, 'separate component')}; in the training labels, ${range}.`;
  });
  const away = (position ?? []).map((at, axis) => {
    const scale = usual.position[axis];
    return scale ? Math.abs(robustScore(at, scale)) : 0;
  });
  const axis = away.indexOf(Math.max(0, ...away));
  if (axis >= 0) {
    const at = position![axis]!;
    compare('position', { value: at, scale: usual.position[axis], least: LEAST.position }, ({ low, high }) => {
      const range = percent(low) === percent(high) ? percent(low) : `${percent(low)} to ${percent(high)}`;
      return `${name} lies at ${percent(at)} of the image ${DIRECTIONS[axis]}; in the training labels, at ${range}.`;
    });
  }
  for (const [m, value] of measures.intensities.entries()) {
    const modality = usual.intensities[m];
    if (value === null || modality === undefined) continue;
    const of = usual.intensities.length > 1 ? ` in ${modality.name}` : '';
    const unit = modality.absolute ? '' : " standard deviations from the image's mean";
    compare(`intensity ${m}`, { value, scale: modality.scale, least: LEAST.intensity }, ({ low, high }) => {
      const range = [...new Set([significant(low), significant(high)])].join(' to ');
      return `The mean intensity of ${name}${of}, ${significant(value)}${unit}, is unlike the training labels' (${range}).`;
    });
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
