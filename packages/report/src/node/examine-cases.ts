import { NnUNetError } from '@nnunet/errors';
import { withoutIgnored } from '@nnunet/metrics/internal';
import { builtWorker } from '@nnunet/threads/node';
import { axisCodes } from '@nnunet/volume';
import { readLabels } from '@nnunet/volume/node';
import type { LabelClass } from '../label-class.ts';
import { compareLabels, type LabelComparisonResult } from '../measures/compare-labels.ts';
import { type LabelMeasures, measureLabels } from '../measures/measure-labels.ts';
import { type CaseThreadsOptions, inThreads } from './case-threads.ts';
import { type DoubtFiles, doubtOfCase } from './doubt-of-case.ts';
import { channelsOfCase, formatsOfTask, inPixels, type TaskFormats } from './task-formats.ts';

/** A predicted case: plain data, for threads. */
export interface ExamineTask {
  id: string;
  prediction: string;
  reference: string | null;
  /** One image per modality; empty to leave out intensities. */
  images: readonly string[];
  /** Per modality, whether its intensities are comparable between images. */
  absolute: readonly boolean[];
  /** Labels or regions to examine. */
  classes: readonly LabelClass[];
  /** Value of the reference's voxels that count nowhere. */
  ignoreLabel?: number | undefined;
  doubt: DoubtFiles | null;
  formats: TaskFormats;
}

export interface ExaminedCase {
  id: string;
  /** The patient directions in which the file axes (x, y, z) increase, for example 'LPS'. */
  axes: string;
  /** Measures of the prediction, by label or region. */
  labels: Record<string, LabelMeasures>;
  /** Measures of the reference; null without one. */
  reference: Record<string, LabelMeasures> | null;
  comparison: LabelComparisonResult | null;
  /** Mean doubt where there may be foreground, from 0 to 1; null if it is unknown. */
  doubt: number | null;
}

/** Examines predictions in threads. Files that cannot be read do not stop the others: one outcome per task. */
export function examineCases(
  tasks: readonly ExamineTask[],
  options: CaseThreadsOptions,
): Promise<PromiseSettledResult<ExaminedCase>[]> {
  const worker = () => builtWorker(import.meta.url, 'examine-worker');
  const filesOf = ({ prediction, reference, images, doubt }: ExamineTask) => [
    prediction,
    reference,
    ...images,
    ...(doubt?.files ?? []),
  ];
  return inThreads(tasks, { work: examineCase, worker, filesOf }, options);
}

/** @throws NnUNetError 'shape-mismatch' and the errors of reading */
export async function examineCase(task: ExamineTask): Promise<ExaminedCase> {
  const { id, classes, absolute, ignoreLabel } = task;
  const files = [task.prediction, ...(task.reference === null ? [] : [task.reference]), ...task.images];
  const formats = await formatsOfTask(task.formats, files);
  const predicted = inPixels(await readLabels(task.prediction, formats), task.formats);
  const { data, shape, spacing } = predicted;
  const axes = axisCodes(predicted);
  const reference = task.reference === null ? null : await readLabels(task.reference, formats);
  const images: Float32Array[] = [];
  for (const { file, volume } of await channelsOfCase(task.images, formats)) {
    requireShape(volume.shape, shape, file);
    images.push(volume.data);
  }
  const measure = (labels: ArrayLike<number>) =>
    measureLabels({ labels, shape, spacing, axes, images, absolute }, classes);
  const doubt = task.doubt === null ? null : (await doubtOfCase(task.doubt, shape, formats)).mean;
  if (reference === null) return { id, axes, labels: measure(data), reference: null, comparison: null, doubt };
  requireShape(reference.shape, shape, task.reference!);
  // What nobody annotated is left out of both, so that they compare.
  const { test } = withoutIgnored(data, reference.data, ignoreLabel);
  return {
    id,
    axes,
    labels: measure(test),
    reference: measure(reference.data),
    comparison: compareLabels(test, reference.data, shape, classes),
    doubt,
  };
}

function requireShape(shape: readonly number[], expected: readonly number[], where: string): void {
  if (shape.join() === expected.join()) return;
  throw new NnUNetError('shape-mismatch', {
    what: `this volume has ${shape.join(' x ')} voxels, but the prediction has ${expected.join(' x ')}`,
    where,
    remedy: 'Check that they belong to the same case.',
  });
}
