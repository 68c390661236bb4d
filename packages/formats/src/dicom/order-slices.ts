import type { Triple } from '@nnunet/volume';
import { badImage } from '../bad-image.ts';
import type { PlacedSlice } from './placed-slice.ts';

/** Equally spaced slices along their normal. */
export interface OrderedSlices<T extends PlacedSlice> {
  /** In ascending position along the normal. */
  readonly slices: readonly T[];
  /** Distance between slices in mm. */
  readonly step: number;
}

/** Maximum difference of direction cosines, and maximum relative difference of pixel spacings, within a series. */
const SAME = 1e-4;
/** Sideways drift of the slices, as a fraction of the stack's length, above which they count as sheared. */
const MAX_SHEAR = 0.01;
/** Maximum deviation of a slice from its place in a regular stack, as a fraction of the step. */
const MAX_JITTER = 0.1;

/**
 * Sorts slices by their position along the normal, regardless of file names and numbers, as ITK's series reader does;
 * the step is the mean distance.
 *
 * @throws NnUNetError 'bad-image' for several series or frames of reference, different orientations or pixel spacings, two slices at the same
 *   position, a gap (naming its neighbours), irregular distances, and stacks sheared by a tilted gantry
 */
export function orderSlices<T extends PlacedSlice>(slices: readonly T[], where: string): OrderedSlices<T> {
  checkOneSeries(slices, where);
  checkOneFrame(slices, where);
  checkSameGrid(slices, where);
  const [, , nx = 0, , , ny = 0, , , nz = 0] = slices[0]!.direction;
  const normal: Triple = [nx, ny, nz];
  const placed = slices.map((slice) => ({ slice, place: dot(slice.position, normal) }));
  placed.sort((a, b) => a.place - b.place);
  const [first, last] = [placed[0]!, placed.at(-1)!];
  if (placed.length === 1) return { slices, step: first.slice.spacing[0] };
  const pairs = placed.slice(1).map((after, i) => ({ before: placed[i]!, after }));
  const steps = pairs.map(({ before, after }) => after.place - before.place);
  const typical = [...steps].sort((a, b) => a - b)[(steps.length - 1) >> 1]!;
  for (const { before, after } of pairs) {
    const step = after.place - before.place;
    if (step < Math.max(0.01 * typical, 1e-4)) {
      const remedy = 'Keep only one image per folder: separate repeated acquisitions, echoes and time steps.';
      throw badImage(where, `${before.slice.name} and ${after.slice.name} have the same position`, remedy);
    }
    if (step > 1.5 * typical) throw gap(before.slice, after.slice, step / typical, where);
  }
  const step = (last.place - first.place) / pairs.length;
  const stray = placed.find(({ place }, i) => Math.abs(place - first.place - i * step) > MAX_JITTER * step);
  if (stray !== undefined) {
    const what = `the slices are not evenly spaced: ${stray.slice.name} is out of place by more than a tenth of ${step.toFixed(3)} mm`;
    throw badImage(where, what, 'Resample the series to a regular grid, for example with dcm2niix.');
  }
  checkShear(first.slice.position, last.slice.position, normal, where);
  return { slices: placed.map(({ slice }) => slice), step };
}

function gap(before: PlacedSlice, after: PlacedSlice, ratio: number, where: string) {
  const count = Math.max(1, Math.round(ratio) - 1);
  const share = 1 / (count + 1);
  const at = before.position.map((mm, axis) => Number((mm + share * (after.position[axis]! - mm)).toFixed(3)));
  const [low, high] = [Math.min(before.instance, after.instance), Math.max(before.instance, after.instance)];
  const number = high - low === count + 1 ? `, instance ${low + 1}${count > 1 ? ` to ${high - 1}` : ''}` : '';
  const what = `${count === 1 ? 'a slice is' : `${count} slices are`} missing between ${before.name} and ${after.name} (at ${at.join(', ')} mm${number})`;
  return badImage(where, what, 'Export the complete series again.');
}

function checkOneSeries(slices: readonly PlacedSlice[], where: string): void {
  const series = new Map<string, PlacedSlice[]>();
  for (const slice of slices) series.set(slice.series, [...(series.get(slice.series) ?? []), slice]);
  if (series.size <= 1) return;
  const names = [...series].map(([uid, files]) => {
    const { title, name } = files[0]!;
    return `\n  - ${title && `"${title}", `}${uid || 'without a UID'}: ${files.length} file${files.length > 1 ? 's' : ''}, e.g. ${name}`;
  });
  const remedy = 'Move each series into its own folder.';
  throw badImage(where, `holds ${series.size} series:${names.join('')}`, remedy);
}

function checkOneFrame(slices: readonly PlacedSlice[], where: string): void {
  const first = slices[0]!;
  const other = slices.find(({ frameOfReference }) => frameOfReference !== first.frameOfReference);
  if (other === undefined) return;
  const what = `${other.name} has another frame of reference (0020,0052) than ${first.name}, so their positions cannot be compared`;
  throw badImage(where, what, 'Keep only one image per folder: the patient may have moved between two scans.');
}

function checkSameGrid(slices: readonly PlacedSlice[], where: string): void {
  const first = slices[0]!;
  for (const slice of slices) {
    const turned = slice.direction.some((value, i) => Math.abs(value - first.direction[i]!) > SAME);
    if (turned) {
      const remedy = 'Keep only one image per folder: move scouts and other planes away.';
      throw badImage(where, `${slice.name} has another orientation than ${first.name}`, remedy);
    }
    const scaled = ([1, 2] as const).some((axis) => Math.abs(slice.spacing[axis] / first.spacing[axis] - 1) > SAME);
    if (scaled) {
      throw badImage(
        where,
        `${slice.name} has another pixel spacing than ${first.name}`,
        'Keep only one image per folder.',
      );
    }
  }
}

function checkShear(first: Triple, last: Triple, normal: Triple, where: string): void {
  const [x, y, z] = [last[0] - first[0], last[1] - first[1], last[2] - first[2]];
  const length = dot([x, y, z], normal);
  const drift = Math.hypot(x - length * normal[0], y - length * normal[1], z - length * normal[2]);
  if (drift <= MAX_SHEAR * length) return;
  const degrees = ((Math.atan2(drift, length) * 180) / Math.PI).toFixed(1);
  const remedy = 'Resample it to a grid with right angles, for example with dcm2niix.';
  throw badImage(where, `is sheared: its slices are offset at ${degrees}° to their normal (tilted gantry)`, remedy);
}

function dot(a: Triple, b: Triple): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
