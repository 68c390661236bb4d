import { NnUNetError } from '@nnunet/errors';
import { counted } from '@nnunet/errors/internal';
import type { CroppedCase, Fingerprint, IntensityProperties, IntensityStatistics } from '@nnunet/schema';
import { intensityStatistics, sampleForeground } from './intensity-statistics.ts';

/** What a fingerprint needs of dataset.json. */
export interface FingerprintDataset {
  /** Channel index to name. */
  modalities: Readonly<Record<string, string>>;
  /** Foreground labels, in the order of dataset.json. */
  classes: readonly number[];
}

export interface FingerprintOptions {
  /** Collect statistics of the foreground intensities; by default when a modality is called exactly CT or ct. */
  intensities?: boolean;
  signal?: AbortSignal;
  /** Called after each case with its name and the number of cases so far. */
  onProgress?: (progress: { id: string; done: number }) => void;
}

/** What one case adds to the fingerprint. */
interface CaseSummary {
  id: string;
  size: number[];
  spacing: number[];
  reduction: number;
  /** Per modality; empty when no intensities are collected. */
  samples: Float32Array[];
}

/**
 * v1's dataset fingerprint (DatasetAnalyzer.analyze_dataset): sizes after cropping, spacings, and the foreground
 * intensities of CT data. Cases may come in any order; the lists follow their sorted names. One case is in memory at a
 * time, and of the earlier ones a tenth of their foreground voxels.
 *
 * @throws NnUNetError 'bad-case' when a case has other modalities than the data set, 'not-finite' when its foreground
 * holds NaN or infinities, 'no-foreground' when intensities are collected and no case has any, 'usage' when there is no case
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
    summaries.push(summarize(cropped, intensities));
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
    all_classes: [...dataset.classes],
    modalities: { ...dataset.modalities },
    intensityproperties: intensities ? intensitiesOf(summaries, channels) : null,
    size_reductions: Object.fromEntries(summaries.map(({ id, reduction }) => [id, reduction])),
  };
}

/** True when a modality is called exactly CT or ct, which is when v1 collects intensities. */
function hasCt(modalities: Readonly<Record<string, string>>): boolean {
  return Object.values(modalities).some((name) => name === 'CT' || name === 'ct');
}

function summarize(cropped: CroppedCase, intensities: boolean): CaseSummary {
  const { original_size_of_raw_data: before, original_spacing, size_after_cropping } = cropped.properties;
  return {
    id: cropped.id,
    size: [...size_after_cropping],
    spacing: [...original_spacing],
    reduction: product(size_after_cropping) / product(before),
    samples: intensities ? cropped.images.map((image) => sampleForeground(image, cropped.segmentation)) : [],
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

/** Statistics that are not finite would make every prepared case NaN. */
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

function product(values: readonly number[]): number {
  return values.reduce((a, b) => a * b, 1);
}
