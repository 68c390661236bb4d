import { NnUNetError } from '@nnunet/errors';
import { evaluateCase } from '@nnunet/metrics';
import { withoutIgnored } from '@nnunet/metrics/internal';
import { renderOverlay, sliceOfLargestDisagreement, sliceWithMostForeground, takeSlice } from '@nnunet/plot';
import { svgToPng } from '@nnunet/plot/node';
import type { DatasetLabels } from '@nnunet/schema/internal';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import type { ImageFormats, LabelArray, Volume } from '@nnunet/volume';
import { readLabels } from '@nnunet/volume/node';
import { readChannels } from '@nnunet/volume/node/internal';

export interface DrawCaseOptions {
  /** Image files on the same grid. */
  image: string;
  /** Which channel of the image to draw, if its file holds several. Default: the first. */
  channel?: number;
  /** Omitted if there is none. */
  reference?: string;
  prediction: string;
  /** The PNG to write. */
  output: string;
  title?: string;
  /** What is known of the labels, for the legend. */
  known?: Partial<DatasetLabels>;
  /** Default: NIfTI. */
  formats?: ImageFormats;
}

/**
 * Draws image, reference and prediction side by side, enlarged, with the labels' names and Dice. Shows the slice (axis
 * 0) in which reference and prediction differ most, or without a reference the slice with most foreground. Returns the
 * picture's path.
 *
 * @throws NnUNetError 'shape-mismatch', and any error from reading and writing
 */
export async function drawCase(options: DrawCaseOptions): Promise<string> {
  const { image, reference, prediction, output, known = {}, formats, channel = 0 } = options;
  const volume = (await readChannels(image, formats))[channel]!;
  const predicted = await readLabels(prediction, formats);
  const labels = reference === undefined ? null : await readLabels(reference, formats);
  const shape = volume.shape as [number, number, number];
  requireShape(predicted, shape, prediction);
  const names = legendNames(known);
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
    names: labels === null ? names : withDice(names, predicted.data, labels.data, known),
  });
  await writeFileAtomic(output, svgToPng(svg));
  return output;
}

/** The names by the values in label maps: of the labels, or of the regions that are written last where they overlap. */
function legendNames({ labels = {}, ...regions }: Partial<DatasetLabels>): Record<string, string> {
  return { ...labels, ...Object.fromEntries(writtenRegions(regions).map(({ name, writes }) => [writes, name])) };
}

function writtenRegions({ regions = [], regions_class_order: order = [] }: Partial<DatasetLabels>) {
  return regions.map(({ name, values }, i) => ({ name, values, writes: order[i]! }));
}

/** Adds to the names the Dice in the whole image, without what nobody annotated: of what occurs, or of all regions. */
function withDice(
  names: Readonly<Record<string, string>>,
  predicted: LabelArray,
  labels: LabelArray,
  { ignoreLabel, ...known }: Partial<DatasetLabels>,
): Record<string, string> {
  const regions = writtenRegions(known);
  const named = (label: string | number, dice: number) =>
    [label, `${names[label] ?? `label ${label}`} (Dice ${dice.toFixed(3)})`] as const;
  if (regions.length > 0) {
    const { test } = withoutIgnored(predicted, labels, ignoreLabel);
    const inside = (map: LabelArray, values: readonly number[]) => Uint8Array.from(map, (one) => +values.includes(one));
    return Object.fromEntries(
      regions.map(({ values, writes }) => {
        const scores = evaluateCase(inside(test, values), inside(labels, values), { metrics: ['Dice'], labels: [1] });
        return named(writes, scores[1]!.Dice!);
      }),
    );
  }
  const scores = evaluateCase(predicted, labels, { metrics: ['Dice'], ignoreLabel });
  return Object.fromEntries(
    Object.entries(scores)
      .filter(([label]) => label !== '0')
      .map(([label, { Dice }]) => named(label, Dice!)),
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
