import type { CounterRandom } from '@nnunet/tensor';

/** [lowest, highest] */
export type Range = readonly [number, number];

/** Settings of a transform that is applied to a sample with this probability. */
export interface PerSample {
  probability: number;
}

/** And then to each channel with this one. */
export interface PerChannel extends PerSample {
  channelProbability: number;
}

/** A sample of the final patch size. */
export interface Sample {
  /** (z, y, x) */
  shape: readonly number[];
  channels: number;
  /** (channels, z, y, x) */
  data: Float32Array;
  /** Labels, −1 outside the nonzero mask. */
  seg: Float32Array;
  previous?: Float32Array;
}

/** The sample that a transform is drawn for. */
export interface SampleContext {
  /** Voxels of the patch, (z, y, x); slices have one along axis 0. */
  shape: readonly number[];
  /** For each axis of the recipe's patch, the axis of `shape`: 0, 1, 2, or 1, 2 for slices. */
  axes: readonly number[];
  /** Whether every slice of axis 0 is taken by itself: 2D and dummy 2D. */
  inPlane: boolean;
  /** Modalities. */
  channels: number;
  /** The transform's random stream for this sample, from its start; a purpose names a further stream. */
  random(purpose?: string): CounterRandom;
  /** The transform's random stream for a choice that all samples of a batch share. */
  batchRandom(): CounterRandom;
}

/** One step of the augmentation, after the spatial transform. */
export interface Transform<Settings, Drawn> {
  /** Its settings stand in the recipe under this name, from which its random streams have theirs. */
  readonly name: string;
  /** Draws everything random about one sample; null: the sample stays as it is. */
  draw(settings: Settings, sample: SampleContext): Drawn | null;
  /** Does what was drawn, in place: to the data, and to the labels too where voxels move. */
  apply(sample: Sample, drawn: Drawn): void;
}

export type AnyTransform = Transform<never, unknown>;

/** A transform that does one thing to a whole sample. */
export function sampleTransform<Settings extends PerSample, Drawn>(
  name: string,
  draw: (random: CounterRandom, settings: Settings, sample: SampleContext) => Drawn,
  apply: (sample: Sample, drawn: Drawn) => void,
): Transform<Settings, Drawn> {
  return {
    name,
    draw: (settings, sample) => {
      const random = sample.random();
      return random.uniform() < settings.probability ? draw(random, settings, sample) : null;
    },
    apply,
  };
}

/** A transform of each channel by itself: an entry per modality is drawn, null where it stays as it is. */
export function channelTransform<Settings extends PerSample & Partial<PerChannel>, Drawn>(
  name: string,
  draw: (random: CounterRandom, settings: Settings, sample: SampleContext) => Drawn,
  apply: (channel: Float32Array, shape: readonly number[], drawn: Drawn) => void,
): Transform<Settings, (Drawn | null)[]> {
  return sampleTransform(
    name,
    (random, settings: Settings, sample) =>
      Array.from({ length: sample.channels }, () =>
        settings.channelProbability === undefined || random.uniform() < settings.channelProbability
          ? draw(random, settings, sample)
          : null,
      ),
    ({ data, shape, channels }, drawn) => {
      const size = data.length / channels;
      drawn.forEach((value, c) => {
        if (value !== null) apply(data.subarray(c * size, (c + 1) * size), shape, value);
      });
    },
  );
}

/** Moves the voxels of image, labels and labels of the previous stage alike. */
export function moveAlike({ data, seg, previous }: Sample, move: (values: Float32Array) => void): void {
  for (const values of [data, seg, previous]) if (values) move(values);
}
