import type { CroppedCase } from '@nnunet/schema';
import { expect, it } from 'vitest';
import { extractFingerprintV2 } from './extract-fingerprint-v2.ts';

function croppedCase(
  images: number[][],
  labels: number[],
  cropped: [number, number, number] = [1, 1, labels.length],
): CroppedCase {
  const properties = {
    original_size_of_raw_data: [1, 2, labels.length],
    original_spacing: [2, -1, 0.5],
    size_after_cropping: cropped,
  };
  return {
    id: 'case_1',
    shape: cropped,
    images: images.map((image) => Float32Array.from(image)),
    segmentation: Float32Array.from(labels),
    properties: properties as unknown as CroppedCase['properties'],
  };
}

it('gives every case the same weight, and counts every label above 0', async () => {
  const large = croppedCase([[10, 10, 10, 99]], [1, 2, 3, -1]);
  const small = croppedCase([[20, 98]], [3, 0]);
  const { foreground_intensity_properties_per_channel: channels, ...rest } = await extractFingerprintV2(
    [large, small],
    { cases: 2, channels: 1, samples: 1000 },
  );
  expect(rest).toEqual({
    median_relative_size_after_cropping: 0.5,
    shapes_after_crop: [
      [1, 1, 4],
      [1, 1, 2],
    ],
    spacings: [
      [2, 1, 0.5],
      [2, 1, 0.5],
    ],
  });
  expect(channels).toEqual({
    0: { max: 20, mean: 15, median: 15, min: 10, percentile_00_5: 10, percentile_99_5: 20, std: 5 },
  });
});

it('draws the samples of all channels of a case one after the other, as NumPy does', async () => {
  // numpy.random.RandomState(1234): choice([1, 2, 4], 10 ** 5), then choice([10, 20, 40], 10 ** 5)
  const one = croppedCase(
    [
      [1, 2, 4],
      [10, 20, 40],
    ],
    [1, 1, 1],
  );
  const { foreground_intensity_properties_per_channel: channels } = await extractFingerprintV2([one], {
    cases: 1,
    channels: 2,
    samples: 10 ** 5,
  });
  expect(channels[0]!.mean).toBeCloseTo(2.33098, 9);
  expect(channels[1]!.mean).toBeCloseTo(23.3063, 9);
});

it('leaves out cases without foreground, and refuses a dataset of such cases', async () => {
  const none = croppedCase([[5, 6]], [0, -1]);
  const some = croppedCase([[7, 6]], [1, -1]);
  const { foreground_intensity_properties_per_channel: channels } = await extractFingerprintV2([none, some], {
    cases: 2,
    channels: 1,
    samples: 1000,
  });
  expect(channels[0]).toMatchObject({ min: 7, max: 7, std: 0 });
  const refused = extractFingerprintV2([none], { cases: 1, channels: 1, samples: 1000 });
  await expect(refused).rejects.toMatchObject({ tag: 'no-foreground' });
});

it.each([
  [croppedCase([[1]], [1]), { cases: 1, channels: 2, samples: 1000 }, 'bad-case'],
  [croppedCase([[Number.NaN, 3]], [1, 1]), { cases: 1, channels: 1, samples: 1000 }, 'not-finite'],
  [croppedCase([[Number.POSITIVE_INFINITY]], [1]), { cases: 1, channels: 1, samples: 1000 }, 'not-finite'],
  [croppedCase([[1]], [1]), { cases: 2, channels: 1, samples: 1000 }, 'usage'],
])('refuses case %#', async (one, options, tag) => {
  await expect(extractFingerprintV2([one], options)).rejects.toMatchObject({ tag });
});
