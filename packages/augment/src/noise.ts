import { type PerSample, type Range, sampleTransform } from './transform-entry.ts';

/** A stream of normally distributed numbers; `fillNormal` writes numbers of the given standard deviation. */
export interface NormalStream {
  fillNormal(out: Float32Array, sd: number): void;
}

/**
 * Adds independent Gaussian noise of standard deviation `sd` to every value, in place (v1 passes its "variance" as a
 * standard deviation).
 */
export function addGaussianNoise(data: Float32Array, sd: number, stream: NormalStream): void {
  const noise = new Float32Array(data.length);
  stream.fillNormal(noise, sd);
  for (let i = 0; i < data.length; i++) data[i] = data[i]! + noise[i]!;
}

/** Adds Gaussian noise with a random standard deviation. */
export const noise = sampleTransform(
  'noise',
  (random, { sd }: PerSample & { sd: Range }, sample) => ({
    sd: random.uniformBetween(...sd),
    values: sample.random('values'),
  }),
  ({ data }, { sd, values }) => addGaussianNoise(data, sd, values),
);
