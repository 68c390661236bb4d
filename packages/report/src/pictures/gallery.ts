import { sliceWithMostForeground } from '@nnunet/plot';
import { readLabels } from '@nnunet/volume/node';
import { readChannels } from '@nnunet/volume/node/internal';
import { volumeInWords } from '../in-words.ts';
import { withoutOverlap } from '../label-class.ts';
import type { MeasuredCase } from '../node/measure-cases.ts';
import { formatsOfTask } from '../node/task-formats.ts';
import type { Picture } from '../report-data.ts';
import type { ReportTask } from '../report-task.ts';
import type { TaskCase } from '../rules/case-files.ts';
import { displayRange, panelPicture, sliceInWords } from './panel-picture.ts';

const PICTURES = 6;

/** Draws cases from the smallest to the largest foreground, each in the slice with most of it. */
export async function drawGallery(
  { colors, labels, formats: kind }: ReportTask,
  files: readonly TaskCase[],
  measured: readonly MeasuredCase[],
): Promise<Picture[]> {
  // A test image may have the name of a training case.
  const images = new Map(files.flatMap((entry) => (entry.labelFile === null ? [] : [[entry.id, entry]])));
  const foreground = (entry: MeasuredCase): number =>
    withoutOverlap(labels).reduce((sum, { value }) => sum + entry.labels[value]!.volume, 0);
  const sorted = measured
    // Their images have been read, on the grid of the label maps.
    .filter(({ intensities }) => intensities.length > 0)
    .sort((a, b) => foreground(a) - foreground(b));
  const pictures: Picture[] = [];
  for (const entry of evenly(sorted, PICTURES)) {
    const { images: channels, labelFile } = images.get(entry.id)!;
    const formats = await formatsOfTask(kind, [channels[0]!, labelFile!]);
    const image = (await readChannels(channels[0]!, formats))[0]!;
    const map = await readLabels(labelFile!, formats);
    const slice = sliceWithMostForeground(map.data, image.shape);
    const content = { image, range: displayRange(image.data), slice, labels: map.data, colors };
    const volume = volumeInWords(foreground(entry));
    const names = labels.map(({ name }) => name).join(', ');
    const where = sliceInWords(slice, image.shape);
    pictures.push(
      panelPicture(
        content,
        `${entry.id}: ${volume} of foreground`,
        `Image of ${entry.id}, ${where}, with its labels (${names}) in colour.`,
      ),
    );
  }
  return pictures;
}

/** Returns at most `count` items at equal distances, from the first to the last. */
export function evenly<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.round((i * (items.length - 1)) / (count - 1))]!);
}
