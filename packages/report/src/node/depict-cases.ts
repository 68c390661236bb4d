import { NnUNetError } from '@nnunet/errors';
import { sliceOfLargestDisagreement, sliceWithMostForeground } from '@nnunet/plot';
import { builtWorker } from '@nnunet/threads/node';
import type { ImageFormats, LabelArray, Volume } from '@nnunet/volume';
import { readLabels } from '@nnunet/volume/node';
import { readChannels } from '@nnunet/volume/node/internal';
import { encodeVolume } from '../pictures/case-volume.ts';
import { displayRange, panelPicture, sliceInWords } from '../pictures/panel-picture.ts';
import type { Picture, VolumeEntry } from '../report-data.ts';
import { type CaseThreadsOptions, inThreads } from './case-threads.ts';
import { type DoubtFiles, doubtOfCase } from './doubt-of-case.ts';
import { formatsOfTask, inPixels, type TaskFormats } from './task-formats.ts';

/** A case to draw: plain data, for threads. */
export interface DepictTask {
  id: string;
  image: string;
  prediction: string;
  reference: string | null;
  doubt: DoubtFiles | null;
  /** Label value and colour. */
  colors: readonly (readonly [number, readonly [number, number, number]])[];
  /** Value of the reference's voxels that count nowhere. */
  ignoreLabel?: number | undefined;
  /** Characters that pictures and volume may take together. */
  budget: number;
  formats: TaskFormats;
}

export interface DepictedCase {
  id: string;
  pictures: Picture[];
  volume: VolumeEntry;
}

/** Draws cases in threads. Those that cannot be drawn do not stop the others: one outcome per task. */
export function depictCases(
  tasks: readonly DepictTask[],
  options: CaseThreadsOptions,
): Promise<PromiseSettledResult<DepictedCase>[]> {
  const worker = () => builtWorker(import.meta.url, 'depict-worker');
  const filesOf = ({ image, prediction, reference, doubt }: DepictTask) => [
    image,
    prediction,
    reference,
    ...(doubt?.files ?? []),
  ];
  return inThreads(tasks, { work: depictCase, worker, filesOf }, options);
}

/**
 * Draws image, reference and prediction in the slice (axis 0) in which they differ most; without a reference, in the one
 * with most doubt or most foreground.
 *
 * @throws NnUNetError 'shape-mismatch' and the errors of reading
 */
export async function depictCase(task: DepictTask): Promise<DepictedCase> {
  const { id, budget } = task;
  const files = [task.image, task.prediction, ...(task.reference === null ? [] : [task.reference])];
  const formats = await formatsOfTask(task.formats, files);
  const image = inPixels((await readChannels(task.image, formats))[0]!, task.formats);
  const prediction = await labelsOn(image, task.prediction, formats);
  const reference = task.reference === null ? null : await labelsOn(image, task.reference, formats);
  // What nobody annotated has no outline, and nothing differs there.
  const annotated = (labels: LabelArray) => labels.map((label, i) => (reference?.[i] === task.ignoreLabel ? 0 : label));
  const doubt = task.doubt === null ? null : await doubtOfCase(task.doubt, image.shape, formats);
  const { shape } = image;
  const slice =
    reference !== null
      ? sliceOfLargestDisagreement(annotated(reference), annotated(prediction), shape)
      : doubt !== null
        ? sliceWithMost(doubt.map, shape)
        : sliceWithMostForeground(prediction, shape);
  const range = displayRange(image.data);
  const content = { image, range, slice, colors: new Map(task.colors) };
  const where = sliceInWords(slice, shape);
  const pictures = [panelPicture(content, `Image, ${where}`, `Image of ${id}, ${where}.`)];
  if (reference !== null) {
    pictures.push(
      panelPicture(
        { ...content, labels: reference },
        'Reference',
        `The same slice of ${id} with the reference labels.`,
      ),
    );
  }
  const outlined = reference === null ? '' : ', and the outline of the reference in white';
  pictures.push(
    panelPicture(
      { ...content, labels: prediction, ...(reference !== null && { outlines: annotated(reference) }) },
      'Prediction',
      `The same slice of ${id} with the predicted labels${outlined}.`,
    ),
  );
  if (doubt !== null) {
    const [title, reason] =
      task.doubt!.kind === 'folds'
        ? ['Disagreement of the folds', 'the folds disagree']
        : ['Doubt of the model', 'the model is not sure'];
    const text = `The same slice of ${id}; where it is bright orange or white, ${reason}.`;
    pictures.push(panelPicture({ ...content, heat: doubt.map }, title, text));
  }
  const used = pictures.reduce((sum, { source }) => sum + source.length, 0);
  return { id, pictures, volume: encodeVolume(image, { reference, prediction }, range, Math.max(0, budget - used)) };
}

async function labelsOn(image: Volume, file: string, formats: ImageFormats): Promise<LabelArray> {
  const { data, shape } = await readLabels(file, formats);
  if (shape.join() === image.shape.join()) return data;
  throw new NnUNetError('shape-mismatch', {
    what: `the label map has ${shape.join(' x ')} voxels, but its image has ${image.shape.join(' x ')}`,
    where: file,
    remedy: 'Check that image and label map belong together.',
  });
}

function sliceWithMost(map: Float32Array, [slices]: readonly [number, number, number]): number {
  const size = map.length / slices;
  let best = 0;
  let most = -1;
  for (let z = 0; z < slices; z++) {
    let sum = 0;
    for (let i = z * size; i < (z + 1) * size; i++) sum += map[i]!;
    if (sum > most) [best, most] = [z, sum];
  }
  return best;
}
