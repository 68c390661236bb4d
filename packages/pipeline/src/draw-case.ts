import { NnUNetError } from '@nnunet/errors';
import { evaluateCase } from '@nnunet/metrics';
import { renderOverlay, sliceOfLargestDisagreement, sliceWithMostForeground, takeSlice } from '@nnunet/plot';
import { svgToPng } from '@nnunet/plot/node';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import type { LabelArray, Volume } from '@nnunet/volume';
import { readLabels, readVolume } from '@nnunet/volume/node';

export interface DrawCaseOptions {
  /** Image files on the same grid. */
  image: string;
  /** Omitted if there is none. */
  reference?: string;
  prediction: string;
  /** The PNG to write. */
  output: string;
  title?: string;
  /** Label value to name, for the legend. */
  names?: Readonly<Record<string, string>>;
}

/**
 * Draws image, reference and prediction side by side, enlarged, with the labels' names and Dice. Shows the slice (axis
 * 0) in which reference and prediction differ most, or without a reference the slice with most foreground. Returns the
 * picture's path.
 *
 * @throws NnUNetError 'shape-mismatch', and any error from reading and writing
 */
export async function drawCase(options: DrawCaseOptions): Promise<string> {
  const { image, reference, prediction, output, names = {} } = options;
  const volume = await readVolume(image);
  const predicted = await readLabels(prediction);
  const labels = reference === undefined ? null : await readLabels(reference);
  const shape = volume.shape as [number, number, number];
  requireShape(predicted, shape, prediction);
  if (labels !== null) requireShape(labels, shape, reference!);
  const z =
    labels === null
      ? sliceWithMostForeground(predicted.data, shape)
      : sliceOfLargestDisagreement(labels.data, predicted.data, shape);
  const svg = renderOverlay({
    image: takeSlice(volume.data, shape, z),
    label: labels === null ? undefined : takeSlice(labels.data, shape, z),
    prediction: takeSlice(predicted.data, shape, z),
    spacing: [volume.spacing[1]!, volume.spacing[2]!],
    title: options.title,
    captions: { image: `image, slice ${z + 1} of ${shape[0]}`, label: 'reference' },
    names: labels === null ? names : withDice(names, predicted, labels),
  });
  await writeFileAtomic(output, svgToPng(svg));
  return output;
}

/** Returns the names of the labels that occur, with their Dice in the whole image. */
function withDice(
  names: Readonly<Record<string, string>>,
  predicted: Volume<LabelArray>,
  labels: Volume<LabelArray>,
): Record<string, string> {
  const scores = evaluateCase(predicted.data, labels.data, { metrics: ['Dice'] });
  return Object.fromEntries(
    Object.entries(scores)
      .filter(([label]) => label !== '0')
      .map(([label, { Dice }]) => [label, `${names[label] ?? `label ${label}`} (Dice ${Dice!.toFixed(3)})`]),
  );
}

function requireShape(labels: Volume<LabelArray>, shape: readonly number[], where: string): void {
  if (labels.shape.join() === shape.join()) return;
  throw new NnUNetError('shape-mismatch', {
    what: `the label map has ${labels.shape.join(' x ')} voxels, but the image has ${shape.join(' x ')}`,
    where,
    remedy: 'Check that image and label map belong together.',
  });
}
