import { NnUNetError } from '@nnunet/errors';
import type { CounterRandom } from '@nnunet/tensor';

/** [lowest, highest] */
export type Range = readonly [number, number];

/** Settings of a transform that is applied to a sample with this probability. */
export interface PerSample {
  probability: number;
}

/** Settings of a transform that is then applied to each channel with a further probability. */
export interface PerChannel extends PerSample {
  channelProbability: number;
}

/** A sample of the final patch size. */
export interface Sample {
  /** (z, y, x) */
  shape: readonly number[];
  /** Of the prepared case in mm, (z, y, x); rotation and scaling are not taken into account. */
  spacing: readonly number[];
  channels: number;
  /** (channels, z, y, x) */
  data: Float32Array;
  /** Labels, −1 outside the nonzero mask. */
  seg: Float32Array;
  previous?: Float32Array;
}

/** The sample for which a transform is drawn. */
export interface SampleContext {
  /** Shape of the patch in voxels, (z, y, x); length 1 along axis 0 for slices. */
  shape: readonly number[];
  /** Of the prepared case in mm, (z, y, x). */
  spacing: readonly number[];
  /** The axis of `shape` for each axis of the recipe's patch: 0, 1, 2, or 1, 2 for slices. */
  axes: readonly number[];
  /** Whether every slice along axis 0 is transformed on its own: 2D and dummy 2D. */
  inPlane: boolean;
  /** Number of modalities. */
  channels: number;
  /** The transform's random stream for this sample, from its beginning; a purpose names an additional stream. */
  random(purpose?: string): CounterRandom;
  /** The transform's random stream for a choice shared by all samples of a batch. */
  batchRandom(): CounterRandom;
  /** The transform's random stream for a choice that holds as long as the recipe's `choices` says. */
  choiceRandom(): CounterRandom;
}

/** One augmentation step after the spatial transform. */
export interface Transform<Settings, Drawn> {
  /** Name of its settings in the recipe and of its random streams. */
  readonly name: string;
  /** Draws all random parameters for one sample; null leaves the sample unchanged. */
  draw(settings: Settings, sample: SampleContext): Drawn | null;
  /** Applies what was drawn, in place: to the data, and to the labels if voxels move. */
  apply(sample: Sample, drawn: Drawn): void;
}

export type AnyTransform = Transform<never, unknown>;

/** Defines a transform that changes a sample as a whole. */
export function sampleTransform<Settings extends PerSample, Drawn>(
  name: string,
  draw: (random: CounterRandom, settings: Settings, sample: SampleContext) => Drawn,
  apply: (sample: Sample, drawn: Drawn) => void,
): Transform<Settings, Drawn> {
  return {
    name,
    draw: (settings, sample) => {
      const random = sample.random();
      requireProbability(name, 'probability', settings.probability);
      return random.uniform() < settings.probability ? draw(random, settings, sample) : null;
    },
    apply,
  };
}

/** A misspelt probability would silently be never. @throws NnUNetError 'bad-recipe' */
function requireProbability(name: string, key: string, value: unknown): void {
  if (typeof value === 'number' && value >= 0 && value <= 1) return;
  throw new NnUNetError('bad-recipe', {
    what: `the settings of the transform ${name}: ${key}: a number from 0 to 1 expected, found ${value}`,
    remedy: 'Correct the recipe of the trainer.',
  });
}

/**
 * Defines a transform of each channel on its own: draws an entry per modality, null for channels that stay unchanged.
 */
export function channelTransform<Settings extends PerSample & Partial<PerChannel>, Drawn>(
  name: string,
  draw: (random: CounterRandom, settings: Settings, sample: SampleContext) => Drawn,
  apply: (channel: Float32Array, shape: readonly number[], drawn: Drawn) => void,
): Transform<Settings, (Drawn | null)[]> {
  return sampleTransform(
    name,
    (random, settings: Settings, sample) => {
      const { channelProbability } = settings;
      if (channelProbability !== undefined) requireProbability(name, 'channelProbability', channelProbability);
      return Array.from({ length: sample.channels }, () =>
        channelProbability === undefined || random.uniform() < channelProbability
          ? draw(random, settings, sample)
          : null,
      );
    },
    ({ data, shape, channels }, drawn) => {
      const size = data.length / channels;
      drawn.forEach((value, c) => {
        if (value !== null) apply(data.subarray(c * size, (c + 1) * size), shape, value);
      });
    },
  );
}

/** Moves the voxels of image, labels and previous-stage labels in the same way. */
export function moveAlike({ data, seg, previous }: Sample, move: (values: Float32Array) => void): void {
  for (const values of [data, seg, previous]) if (values) move(values);
}
