import type { CaseFailure } from '@nnunet/errors/internal';
import { percentileOfSorted } from '@nnunet/tensor/internal';
import { splitOutcomes } from '@nnunet/threads/internal';
import { builtWorker } from '@nnunet/threads/node';
import { axisCodes, type Triple } from '@nnunet/volume';
import { readLabels } from '@nnunet/volume/node';
import { reasonInWords } from '../in-words.ts';
import type { LabelClass } from '../label-class.ts';
import { type LabelMeasures, measureLabels } from '../measures/measure-labels.ts';
import { type CaseThreadsOptions, inThreads } from './case-threads.ts';
import { channelsOfCase, formatsOfTask, inPixels, type TaskFormats } from './task-formats.ts';

/** A label map to measure: plain data, for threads. */
export interface MeasureTask {
  id: string;
  labelFile: string;
  /** One image per modality; empty to measure the label map alone. */
  images: readonly string[];
  /** Per modality, whether its intensities are comparable between images. */
  absolute: readonly boolean[];
  /** Labels or regions to measure. */
  classes: readonly LabelClass[];
  formats: TaskFormats;
}

export interface MeasuredCase {
  id: string;
  /** (z, y, x) */
  shape: [number, number, number];
  /** mm, (z, y, x) */
  spacing: [number, number, number];
  /** By label or region. */
  labels: Record<string, LabelMeasures>;
  /** Per modality, percentiles 0.5, 50 and 99.5 of the foreground; empty without images, null without foreground. */
  intensities: ([number, number, number] | null)[];
}

/** Measures label maps in threads. Files that cannot be read do not stop the others. */
export async function measureCases(
  tasks: readonly MeasureTask[],
  options: CaseThreadsOptions,
): Promise<{ measured: MeasuredCase[]; failed: CaseFailure[] }> {
  const worker = () => builtWorker(import.meta.url, 'measure-worker');
  const filesOf = ({ labelFile, images }: MeasureTask) => [labelFile, ...images];
  const outcomes = await inThreads(tasks, { work: measureCase, worker, filesOf }, options);
  const { done, failed } = splitOutcomes(tasks, outcomes, ({ id }) => id);
  return { measured: done.map(({ result }) => result), failed };
}

/** Says which label maps could not be measured. */
export function failuresInWords(failed: readonly CaseFailure[]): string[] {
  return failed.map(({ name, error }) => `${name} could not be measured: ${reasonInWords(error)}`);
}

/** Number of foreground voxels that percentiles are taken from, at most. */
const SAMPLED_VOXELS = 100_000;

/** @throws the errors of reading */
export async function measureCase(task: MeasureTask): Promise<MeasuredCase> {
  const { id, labelFile, classes, absolute } = task;
  const formats = await formatsOfTask(task.formats, [labelFile, ...task.images]);
  const labels = inPixels(await readLabels(labelFile, formats), task.formats);
  const channels = await channelsOfCase(task.images, formats);
  // Another grid is a fault of the data set, which its check reports.
  const whole = channels.every(({ volume }) => volume.shape.join() === labels.shape.join())
    ? channels.map(({ volume }) => volume.data)
    : [];
  const { data, shape, spacing } = labels;
  return {
    id,
    shape: [...shape],
    spacing: [...spacing],
    labels: measureLabels({ labels: data, shape, spacing, axes: axisCodes(labels), images: whole, absolute }, classes),
    intensities: whole.map((image) => foregroundPercentiles(image, data, shape)),
  };
}

function foregroundPercentiles(
  image: Float32Array,
  labels: ArrayLike<number>,
  [, , width]: Triple,
): [number, number, number] | null {
  let count = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i]! > 0) count++;
  if (count === 0) return null;
  // A step that shares no factor with the row's length, so that the sample is not a set of columns.
  let step = Math.ceil(count / SAMPLED_VOXELS);
  while (step > 1 && width % step === 0) step++;
  const sample: number[] = [];
  let seen = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i]! > 0 && seen++ % step === 0) sample.push(image[i]!);
  const sorted = Float32Array.from(sample).sort();
  return [percentileOfSorted(sorted, 0.5), percentileOfSorted(sorted, 50), percentileOfSorted(sorted, 99.5)];
}
