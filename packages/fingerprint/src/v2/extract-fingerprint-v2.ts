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

/** What one case contributes to the fingerprint: plain data that a thread may return. */
export interface CaseSampleV2 {
  id: string;
  /** mm, (z, y, x). */
  spacing: number[];
  /** Voxels after cropping, (z, y, x). */
  shape: number[];
  /** Voxels after cropping divided by voxels before. */
  share: number;
  /** Sampled intensities per channel; null if the case has no foreground. */
  intensities: ValueCounts[] | null;
}

/**
 * Extracts nnU-Net v2's dataset fingerprint: spacings, shapes after cropping, and statistics of the foreground
 * intensities of every channel. Foreground is every label above 0, the ignore label included. Each case contributes as
 * many samples as any other, drawn with replacement, so the statistics do not depend on the sizes of the objects.
 * Memory holds one case at a time, and the distinct values sampled so far. To work on several cases at a time, use
 * {@link sampleCaseV2} and {@link fingerprintOfSamplesV2}.
 * Origin: v2's dataset_fingerprint/fingerprint_extractor.py.
 *
 * @param cases in the order of the dataset, cropped in file order
 * @throws NnUNetError 'bad-case' for another number of channels, 'not-finite' if the foreground contains NaN or
 * infinity, 'no-foreground' if no case has foreground, 'usage' for another number of cases
 */
export async function extractFingerprintV2(
  cases: AsyncIterable<CroppedCase> | Iterable<CroppedCase>,
  { signal, onProgress, ...options }: FingerprintOptionsV2,
): Promise<FingerprintV2> {
  const sampled: CaseSampleV2[] = [];
  for await (const cropped of cases) {
    signal?.throwIfAborted();
    sampled.push(sampleCaseV2(cropped, options));
    onProgress?.({ id: cropped.id, done: sampled.length });
  }
  const { length } = sampled;
  if (length === 0 || length !== options.cases) {
    const what = `there are ${counted(length, 'case')}, ${options.cases} were announced`;
    throw usageError({ what, remedy: 'Give as many cases as the option `cases` says, at least one.' });
  }
  return fingerprintOfSamplesV2(sampled);
}

/**
 * Samples the foreground intensities of one case for {@link fingerprintOfSamplesV2}.
 *
 * @param cropped in file order
 * @throws NnUNetError 'bad-case', 'not-finite'
 */
export function sampleCaseV2(
  { id, images, segmentation, properties }: CroppedCase,
  { cases, channels, samples = 100_000_000 }: Pick<FingerprintOptionsV2, 'cases' | 'channels' | 'samples'>,
): CaseSampleV2 {
  if (images.length !== channels) {
    throw new NnUNetError('bad-case', {
      what: `has ${counted(images.length, 'channel')}, dataset.json names ${channels}`,
      where: id,
      remedy: 'Correct the images of this case, or dataset.json.',
    });
  }
  const { original_size_of_raw_data: before, size_after_cropping: after, original_spacing } = properties;
  const foreground = indicesAbove0(segmentation);
  const random = numpyRandom(SEED);
  const sampled = (image: Float32Array, channel: number) => {
    const values = Float32Array.from(foreground, (index) => image[index]!);
    if (!values.every(Number.isFinite)) throw notFinite(channel, id);
    return sortedCounts(values, random.choiceCounts(values.length, Math.floor(samples / cases)));
  };
  return {
    id,
    spacing: original_spacing.map(Math.abs),
    shape: [...after],
    share: sizeOf(after) / sizeOf(before),
    intensities: foreground.length === 0 ? null : images.map(sampled),
  };
}

/**
 * Makes the fingerprint of samples of all cases, in the order of the dataset.
 *
 * @throws NnUNetError 'no-foreground' if no case has foreground
 */
export function fingerprintOfSamplesV2(cases: readonly CaseSampleV2[]): FingerprintV2 {
  const sampled = cases.flatMap(({ intensities }) => (intensities === null ? [] : [intensities]));
  const [first] = sampled;
  if (first === undefined) {
    throw new NnUNetError('no-foreground', {
      what: 'no case has a foreground voxel: intensities cannot be normalised',
      remedy: 'Check the label maps; all of them contain only 0.',
    });
  }
  return {
    foreground_intensity_properties_per_channel: Object.fromEntries(
      first.map((_, channel) => [String(channel), statisticsOf(joined(sampled.map((lists) => lists[channel]!)))]),
    ),
    median_relative_size_after_cropping: median(cases.map(({ share }) => share)),
    shapes_after_crop: cases.map(({ shape }) => shape),
    spacings: cases.map(({ spacing }) => spacing),
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
