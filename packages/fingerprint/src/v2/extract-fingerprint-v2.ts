import { NnUNetError, usageError } from '@nnunet/errors';
import { counted } from '@nnunet/errors/internal';
import type { ChannelStatisticsV2, CroppedCase, FingerprintV2 } from '@nnunet/schema';
import { numpyRandom, sizeOf } from '@nnunet/tensor';
import { median, percentileAt } from '@nnunet/tensor/internal';
import { addCounts, sortedCounts, type ValueCounts, valueAt } from './value-counts.ts';

export interface FingerprintOptionsV2 {
  /** Number of cases that will come: the samples are divided equally among them. */
  cases: number;
  /** Channels of each case. */
  channels: number;
  /** Foreground intensities drawn per channel, over all cases. Default: 100,000,000. */
  samples?: number;
  signal?: AbortSignal;
  /** Called after each case with its name and the number of cases so far. */
  onProgress?: (progress: { id: string; done: number }) => void;
}

/** Each case is sampled with a new generator of this seed. */
const SEED = 1234;

/**
 * Extracts nnU-Net v2's dataset fingerprint: spacings, shapes after cropping, and statistics of the foreground
 * intensities of every channel. Foreground is every label above 0, the ignore label included. Each case contributes as
 * many samples as any other, drawn with replacement, so the statistics do not depend on the sizes of the objects.
 * Memory holds one case at a time, and the distinct values sampled so far.
 * Origin: v2's dataset_fingerprint/fingerprint_extractor.py.
 *
 * @param cases in the order of the dataset, cropped in file order
 * @throws NnUNetError 'bad-case' for another number of channels, 'not-finite' if the foreground contains NaN or
 * infinity, 'no-foreground' if no case has foreground, 'usage' for another number of cases
 */
export async function extractFingerprintV2(
  cases: AsyncIterable<CroppedCase> | Iterable<CroppedCase>,
  { cases: total, channels, samples = 100_000_000, signal, onProgress }: FingerprintOptionsV2,
): Promise<FingerprintV2> {
  const spacings: number[][] = [];
  const shapes: number[][] = [];
  const shares: number[] = [];
  const sampled = Array.from({ length: channels }, (): ValueCounts[] => []);
  for await (const { id, images, segmentation, properties } of cases) {
    signal?.throwIfAborted();
    if (images.length !== channels) {
      throw new NnUNetError('bad-case', {
        what: `has ${counted(images.length, 'channel')}, dataset.json names ${channels}`,
        where: id,
        remedy: 'Correct the images of this case, or dataset.json.',
      });
    }
    const { original_size_of_raw_data: before, size_after_cropping: after, original_spacing } = properties;
    spacings.push(original_spacing.map(Math.abs));
    shapes.push([...after]);
    shares.push(sizeOf(after) / sizeOf(before));
    const foreground = indicesAbove0(segmentation);
    const random = numpyRandom(SEED);
    if (foreground.length > 0) {
      images.forEach((image, channel) => {
        const values = Float32Array.from(foreground, (index) => image[index]!);
        if (!values.every(Number.isFinite)) throw notFinite(channel, id);
        sampled[channel]!.push(sortedCounts(values, random.choiceCounts(values.length, Math.floor(samples / total))));
      });
    }
    onProgress?.({ id, done: spacings.length });
  }
  if (spacings.length === 0 || spacings.length !== total) {
    const what = `there are ${counted(spacings.length, 'case')}, ${total} were announced`;
    throw usageError({ what, remedy: 'Give as many cases as the option `cases` says, at least one.' });
  }
  if (sampled.some((lists) => lists.length === 0)) {
    throw new NnUNetError('no-foreground', {
      what: 'no case has a foreground voxel: intensities cannot be normalised',
      remedy: 'Check the label maps; all of them contain only 0.',
    });
  }
  return {
    foreground_intensity_properties_per_channel: Object.fromEntries(
      sampled.map((lists, channel) => [String(channel), statisticsOf(joined(lists))]),
    ),
    median_relative_size_after_cropping: median(shares),
    shapes_after_crop: shapes,
    spacings,
  };
}

function indicesAbove0(segmentation: Float32Array): Uint32Array {
  let count = 0;
  for (let i = 0; i < segmentation.length; i++) if (segmentation[i]! > 0) count++;
  const indices = new Uint32Array(count);
  for (let i = 0, n = 0; i < segmentation.length; i++) if (segmentation[i]! > 0) indices[n++] = i;
  return indices;
}

/** Joins lists pairwise, so that each value is copied only a few times. */
function joined(lists: readonly ValueCounts[]): ValueCounts {
  if (lists.length === 1) return lists[0]!;
  const middle = lists.length >> 1;
  return addCounts(joined(lists.slice(0, middle)), joined(lists.slice(middle)));
}

function statisticsOf(all: ValueCounts): ChannelStatisticsV2 {
  const { values, counts } = all;
  let total = 0;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    total += counts[i]!;
    sum += values[i]! * counts[i]!;
  }
  const mean = sum / total;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - mean) ** 2 * counts[i]!;
  const percentile = (q: number) => percentileAt(total, q, (place) => valueAt(all, place));
  return {
    max: values.at(-1)!,
    mean,
    median: percentile(50),
    min: values[0]!,
    percentile_00_5: percentile(0.5),
    percentile_99_5: percentile(99.5),
    std: Math.sqrt(squares / total),
  };
}

function notFinite(channel: number, where: string): NnUNetError {
  return new NnUNetError('not-finite', {
    what: `the foreground intensities of channel ${channel} are not all finite`,
    where,
    remedy: 'Replace NaN and infinities in this image, for example with 0.',
  });
}
