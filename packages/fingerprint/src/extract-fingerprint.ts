import { NnUNetError } from '@nnunet/errors';
import { counted } from '@nnunet/errors/internal';
import type { CroppedCase, Fingerprint, IntensityProperties, IntensityStatistics, LearntLabels } from '@nnunet/schema';
import { learntOf } from '@nnunet/schema/internal';
import { sizeOf } from '@nnunet/tensor';
import { intensityStatistics, sampleForeground } from './intensity-statistics.ts';

/** The parts of dataset.json needed for a fingerprint. Regions and ignore label: default none. */
export interface FingerprintDataset extends Omit<LearntLabels, 'all_classes'> {
  /** Channel name by channel index. */
  modalities: Readonly<Record<string, string>>;
  /** Foreground labels, in the order of dataset.json. */
  classes: readonly number[];
}

export interface FingerprintOptions {
  /** Whether to collect foreground intensity statistics. Default: true if a modality is named exactly CT or ct. */
  intensities?: boolean;
  signal?: AbortSignal;
  /** Called after each case with its name and the number of cases so far. */
  onProgress?: (progress: { id: string; done: number }) => void;
}

/** What one case contributes to the fingerprint. */
interface CaseSummary {
  id: string;
  size: number[];
  spacing: number[];
  reduction: number;
  /** Per modality; empty if no intensities are collected. */
  samples: Float32Array[];
}

/**
 * Extracts v1's dataset fingerprint (DatasetAnalyzer.analyze_dataset): sizes after cropping, spacings, and the
 * foreground intensities of CT data. Cases may come in any order; the lists are sorted by case name. Memory holds one
 * case at a time, plus a tenth of the foreground voxels of the earlier ones.
 *
 * @throws NnUNetError 'bad-case' if the modalities of a case differ from those of the dataset, 'not-finite' if its
 *   foreground contains NaN or infinity, 'no-foreground' if intensities are collected but no case has foreground,
 *   'usage' if there are no cases
 */
export async function extractFingerprint(
  cases: AsyncIterable<CroppedCase> | Iterable<CroppedCase>,
  dataset: FingerprintDataset,
  options: FingerprintOptions = {},
): Promise<Fingerprint> {
  const { intensities = hasCt(dataset.modalities), signal, onProgress } = options;
  const channels = Object.keys(dataset.modalities);
  const summaries: CaseSummary[] = [];
  for await (const cropped of cases) {
    signal?.throwIfAborted();
    if (cropped.images.length !== channels.length) {
      throw new NnUNetError('bad-case', {
        what: `has ${counted(cropped.images.length, 'modality', 'modalities')}, dataset.json names ${channels.length}`,
        where: cropped.id,
        remedy: 'Delete the cropped files of this case and crop it again, or correct dataset.json.',
      });
    }
    summaries.push(summarize(cropped, intensities, dataset.ignore_label));
    onProgress?.({ id: cropped.id, done: summaries.length });
  }
  if (summaries.length === 0) {
    throw new NnUNetError('usage', {
      what: 'there are no cropped cases to extract a fingerprint from',
      remedy: 'Crop the cases first.',
    });
  }
  summaries.sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    all_sizes: summaries.map(({ size }) => size),
    all_spacings: summaries.map(({ spacing }) => spacing),
    ...learntOf({ ...dataset, all_classes: [...dataset.classes] }),
    modalities: { ...dataset.modalities },
    intensityproperties: intensities ? intensitiesOf(summaries, channels) : null,
    size_reductions: Object.fromEntries(summaries.map(({ id, reduction }) => [id, reduction])),
  };
}

/** Whether a modality is named exactly CT or ct, which is when v1 collects intensities. */
function hasCt(modalities: Readonly<Record<string, string>>): boolean {
  return Object.values(modalities).some((name) => name === 'CT' || name === 'ct');
}

function summarize(cropped: CroppedCase, intensities: boolean, ignored: number | undefined): CaseSummary {
  const { original_size_of_raw_data: before, original_spacing, size_after_cropping } = cropped.properties;
  return {
    id: cropped.id,
    size: [...size_after_cropping],
    spacing: [...original_spacing],
    reduction: sizeOf(size_after_cropping) / sizeOf(before),
    samples: intensities ? cropped.images.map((image) => sampleForeground(image, cropped.segmentation, ignored)) : [],
  };
}

function intensitiesOf(summaries: readonly CaseSummary[], channels: readonly string[]) {
  const properties: Record<string, IntensityProperties> = {};
  channels.forEach((channel, c) => {
    const all = new Float32Array(summaries.reduce((n, { samples }) => n + samples[c]!.length, 0));
    const local: Record<string, IntensityStatistics> = {};
    let at = 0;
    for (const { id, samples } of summaries) {
      all.set(samples[c]!, at);
      at += samples[c]!.length;
      local[id] = intensityStatistics(samples[c]!);
      if (samples[c]!.length > 0) requireFinite(local[id], id, channel);
    }
    if (all.length === 0) throw noForeground(summaries.length);
    properties[channel] = { local_props: local, ...intensityStatistics(all) };
  });
  return properties;
}

/** Non-finite statistics would make every preprocessed case NaN. */
function requireFinite(statistics: IntensityStatistics, where: string, channel: string): void {
  const wrong = Object.entries(statistics).filter(([, value]) => !Number.isFinite(value));
  if (wrong.length === 0) return;
  throw new NnUNetError('not-finite', {
    what: `the foreground intensities of modality ${channel} are not all finite: ${wrong.map(([name, value]) => `${name} is ${value}`).join(', ')}`,
    where,
    remedy: 'Replace NaN and infinities in this image, for example with 0, and crop the case again.',
  });
}

function noForeground(cases: number): NnUNetError {
  return new NnUNetError('no-foreground', {
    what: `${cases === 1 ? 'the case has no' : `none of the ${cases} cases has a`} foreground voxel: CT images cannot be normalised`,
    remedy: 'Check the label maps; all of them contain only 0.',
  });
}
