import { badImage } from './bad-image.ts';
import type { DicomSlice } from './dicom-slice.ts';

/** Slices at equal distances along their normal. */
export interface OrderedSlices {
  /** From the lowest to the highest position along the normal. */
  readonly slices: readonly DicomSlice[];
  /** mm between slices. */
  readonly step: number;
}

/** Greatest difference of direction cosines, and greatest relative difference of pixel spacings, within a series. */
const SAME = 1e-4;
/** Sideways drift of the slices, as a share of the stack's length, beyond which they are sheared. */
const MAX_SHEAR = 0.01;
/** Greatest distance of a slice from its place in a regular stack, as a share of the step. */
const MAX_JITTER = 0.1;

/**
 * Slices sorted by their position along the normal, whatever their file names and numbers, as ITK's series reader places
 * them: the step is the mean distance.
 *
 * @throws NnUNetError 'bad-image' for several series, other orientations or pixel spacings, two slices at one place, a
 * gap (naming its neighbours), irregular distances, and stacks that are sheared by a tilted gantry
 */
export function orderSlices(slices: readonly DicomSlice[], where: string): OrderedSlices {
  checkOneSeries(slices, where);
  checkSameGrid(slices, where);
  const { direction } = slices[0];
  const normal = [direction[2], direction[5], direction[8]];
  const along = (slice: DicomSlice) => dot(slice.position, normal);
  const sorted = [...slices].sort((a, b) => along(a) - along(b));
  if (sorted.length === 1) return { slices: sorted, step: sorted[0].spacing[0] };
  const places = sorted.map(along);
  const steps = places.slice(1).map((place, i) => place - places[i]);
  const typical = [...steps].sort((a, b) => a - b)[(steps.length - 1) >> 1];
  steps.forEach((step, i) => {
    if (step < Math.max(0.01 * typical, 1e-4)) {
      const remedy = 'Keep one image in a folder: split repeated acquisitions, echoes and time steps.';
      throw badImage(where, `${sorted[i].name} and ${sorted[i + 1].name} lie at the same place`, remedy);
    }
    if (step > 1.5 * typical) throw gap(sorted[i], sorted[i + 1], step / typical, where);
  });
  const step = (places[places.length - 1] - places[0]) / steps.length;
  const stray = places.findIndex((place, i) => Math.abs(place - places[0] - i * step) > MAX_JITTER * step);
  if (stray >= 0) {
    const what = `the slices are not evenly spaced: ${sorted[stray].name} is off its place by more than a tenth of ${step.toFixed(3)} mm`;
    throw badImage(where, what, 'Resample the series to a regular grid.');
  }
  checkShear(sorted, normal, where);
  return { slices: sorted, step };
}

function gap(before: DicomSlice, after: DicomSlice, ratio: number, where: string) {
  const count = Math.max(1, Math.round(ratio) - 1);
  const share = 1 / (count + 1);
  const at = before.position.map((mm, axis) => Number((mm + share * (after.position[axis] - mm)).toFixed(3)));
  const [low, high] = [before.instance, after.instance].sort((a, b) => a - b);
  const number = high - low === count + 1 ? `, instance ${low + 1}${count > 1 ? ` to ${high - 1}` : ''}` : '';
  const what = `${count === 1 ? 'a slice is' : `${count} slices are`} missing between ${before.name} and ${after.name} (at ${at.join(', ')} mm${number})`;
  return badImage(where, what, 'Export the series again, complete.');
}

function checkOneSeries(slices: readonly DicomSlice[], where: string): void {
  const series = new Map<string, DicomSlice[]>();
  for (const slice of slices) series.set(slice.series, [...(series.get(slice.series) ?? []), slice]);
  if (series.size <= 1) return;
  const names = [...series].map(([uid, [first, ...others]]) => {
    const title = first.title ? `"${first.title}", ` : '';
    return `\n  - ${title}${uid || 'without a UID'}: ${others.length + 1} file${others.length ? 's' : ''}, e.g. ${first.name}`;
  });
  const remedy = 'Move each series into a folder of its own.';
  throw badImage(where, `holds ${series.size} series:${names.join('')}`, remedy);
}

function checkSameGrid(slices: readonly DicomSlice[], where: string): void {
  const [first] = slices;
  for (const slice of slices) {
    const turned = slice.direction.some((value, i) => Math.abs(value - first.direction[i]) > SAME);
    if (turned) {
      const remedy = 'Keep one image in a folder: move scouts and other planes away.';
      throw badImage(where, `${slice.name} is oriented otherwise than ${first.name}`, remedy);
    }
    const scaled = [1, 2].some((axis) => Math.abs(slice.spacing[axis] / first.spacing[axis] - 1) > SAME);
    if (scaled) {
      throw badImage(
        where,
        `${slice.name} has another pixel spacing than ${first.name}`,
        'Keep one image in a folder.',
      );
    }
  }
}

function checkShear(sorted: readonly DicomSlice[], normal: readonly number[], where: string): void {
  const [first, last] = [sorted[0].position, sorted[sorted.length - 1].position];
  const way = last.map((mm, axis) => mm - first[axis]);
  const length = dot(way, normal);
  const drift = Math.hypot(...way.map((mm, axis) => mm - length * normal[axis]));
  if (drift <= MAX_SHEAR * length) return;
  const degrees = ((Math.atan2(drift, length) * 180) / Math.PI).toFixed(1);
  const remedy = 'Resample it to a grid at right angles, e.g. with dcm2niix.';
  throw badImage(where, `is sheared: its slices are displaced at ${degrees}° to their normal (tilted gantry)`, remedy);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
