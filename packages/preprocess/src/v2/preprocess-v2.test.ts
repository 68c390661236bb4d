import { type ErrorTag, isNnUNetError } from '@nnunet/errors';
import type { Volume } from '@nnunet/volume';
import { describe, expect, it } from 'vitest';
import type { ChannelContext } from '../normalization-entry.ts';
import { shippedNormalizations } from '../normalization-registry.ts';
import { type PreprocessingV2, preprocessForTrainingV2, preprocessV2 } from './preprocess-v2.ts';
import { planLabelStreamV2, restoreLabelsV2, restoreProbabilitiesV2 } from './restore-v2.ts';

const splines = (order: number) => ({ name: 'resample_data_or_seg_to_shape', kwargs: { order, order_z: 0 } });
const settings: PreprocessingV2 = {
  transposeForward: [1, 0, 2],
  transposeBackward: [1, 0, 2],
  spacing: [1, 1, 1],
  normalizationSchemes: ['NoNormalization'],
  useMaskForNorm: [false],
  intensities: [null],
  resampleData: splines(3),
  resampleLabels: splines(1),
  resampleProbabilities: splines(1),
};
const source = { id: 'case' };

/** 4 x 5 x 6 voxels; only a box of 2 x 3 x 4 at (1, 1, 2) is not 0. */
function image(): Volume {
  const data = new Float32Array(120);
  for (let z = 1; z < 3; z++)
    for (let y = 1; y < 4; y++) for (let x = 2; x < 6; x++) data[(z * 5 + y) * 6 + x] = 100 * z + 10 * y + x;
  const direction = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  return { data, shape: [4, 5, 6], spacing: [1, 1, 1], origin: [0, 0, 0], direction };
}

describe('preprocessV2', () => {
  it('crops, turns the axes and leaves the given image alone', () => {
    const given = image();
    const schemes = { ...settings, normalizationSchemes: ['ZScoreNormalization'] };
    const { data, shape, properties } = preprocessV2([image()], null, settings, source);
    expect(shape).toEqual([1, 3, 2, 4]);
    expect([...data.subarray(0, 8)]).toEqual([112, 113, 114, 115, 212, 213, 214, 215]);
    expect(properties.crop_bbox).toEqual([
      [1, 3],
      [1, 4],
      [2, 6],
    ]);
    const whole = { ...given, data: given.data.map((v) => v + 1) };
    const before = whole.data.slice();
    preprocessV2([whole], null, { ...schemes, transposeForward: [0, 1, 2], transposeBackward: [0, 1, 2] }, source);
    expect(whole.data).toEqual(before);
  });

  it("keeps a flat configuration's case at its own first spacing", () => {
    const thick = { ...image(), spacing: [1, 4, 1] as const };
    const { shape, properties } = preprocessV2([thick], null, { ...settings, spacing: [0.5, 1] }, source);
    expect(shape).toEqual([1, 3, 4, 4]);
    expect(properties.spacing_after_resampling).toEqual([4, 0.5, 1]);
  });

  it("normalises by a scheme of the user's own, which knows the statistics of the plans", () => {
    const shift = {
      name: 'Shift',
      normalize(voxels: Float32Array, { mask, useMask, statistics }: ChannelContext) {
        expect([mask.length, useMask]).toEqual([24, true]);
        for (let i = 0; i < voxels.length; i++) voxels[i]! += statistics!.sd;
      },
    };
    const own: PreprocessingV2 = {
      ...{ ...settings, normalizationSchemes: ['Shift'], useMaskForNorm: [true] },
      intensities: [{ mean: 1, std: 1000, percentile_00_5: 0, percentile_99_5: 2 }],
    };
    const normalizations = shippedNormalizations.with(shift);
    const { data } = preprocessV2([image()], null, own, { ...source, normalizations });
    expect([...data.subarray(0, 3)]).toEqual([1112, 1113, 1114]);
    const unknown = expect.objectContaining({ tag: 'unknown-normalization' });
    expect(() => preprocessV2([image()], null, own, source)).toThrow(unknown);
  });

  it('takes an image of zeros whole, outside the mask', () => {
    const empty = { ...image(), data: new Float32Array(120) };
    const { data, shape } = preprocessV2([empty], null, settings, source);
    expect(shape).toEqual([1, 5, 4, 6]);
    expect(data.every((v) => v === 0)).toBe(true);
  });

  it('normalises each channel in its own way, before it is resampled', () => {
    const box = [112, 113, 114, 115, 212, 213, 214, 215, 122, 123, 124, 125, 222, 223, 224, 225, 132, 133, 134, 135, 232, 233, 234, 235]; // biome-ignore format: a list
    const intensities = { mean: 150, std: 50, percentile_00_5: 120, percentile_99_5: 230 };
    const own: PreprocessingV2 = {
      ...settings,
      normalizationSchemes: ['CTNormalization', 'ZScoreNormalization', 'NoNormalization'],
      useMaskForNorm: [true, true],
      intensities: [intensities],
    };
    const holed = image();
    const { data, shape } = preprocessV2([image(), holed, image()], null, own, source);
    expect(shape).toEqual([3, 3, 2, 4]);
    box.forEach((v, i) => {
      expect(data[i]).toBeCloseTo((Math.min(Math.max(v, 120), 230) - 150) / 50, 5);
    });
    const mean = box.reduce((a, b) => a + b) / 24;
    const deviation = Math.sqrt(box.reduce((a, b) => a + (b - mean) ** 2, 0) / 24);
    box.forEach((v, i) => {
      expect(data[24 + i]).toBeCloseTo((v - mean) / deviation, 4);
    });
    expect([...data.subarray(48)]).toEqual(box);
  });

  it('resamples to the spacing of the plans, unless these say that nothing is', () => {
    const coarse = { ...settings, spacing: [1, 1, 2] };
    const { shape, properties } = preprocessV2([image()], null, coarse, source);
    expect([shape, properties.size_after_resampling]).toEqual([
      [1, 3, 2, 2],
      [3, 2, 2],
    ]);
    const hack = { name: 'no_resampling_hack', kwargs: {} };
    const kept = preprocessV2([image()], null, { ...coarse, resampleData: hack }, source);
    expect([kept.shape, kept.properties.spacing_after_resampling]).toEqual([
      [1, 3, 2, 4],
      [1, 1, 2],
    ]);
  });

  it('adds a channel per label of the stage before', () => {
    const labels = { ...image(), data: new Uint8Array(120) };
    labels.data[(1 * 5 + 1) * 6 + 3] = 2;
    labels.data[0] = 2; // outside the crop box
    const { data, shape } = preprocessV2([image()], { labels, classes: [1, 2] }, settings, source);
    expect(shape).toEqual([3, 3, 2, 4]);
    expect([...data.subarray(24, 48)]).toEqual(new Array(24).fill(0));
    expect([...data.subarray(48, 52)]).toEqual([0, 1, 0, 0]);
    expect(data.subarray(48).reduce((a, b) => a + b)).toBe(1);
  });

  it('refuses images that do not belong together', () => {
    const two = { ...settings, normalizationSchemes: ['NoNormalization', 'NoNormalization'] };
    const refused = [
      { images: [image()], tag: 'bad-case' },
      { images: [image(), { ...image(), spacing: [1, 1, 2] as const }], tag: 'other-grid' },
    ];
    for (const { images, tag } of refused) {
      let error: unknown;
      try {
        preprocessV2(images, null, two, source);
      } catch (caught) {
        error = caught;
      }
      expect(isNnUNetError(error, tag as ErrorTag)).toBe(true);
    }
  });
});

describe('restoring logits', () => {
  const { properties } = preprocessV2([image()], null, settings, source);
  /** Three classes in the crop box, network order: the last one wins where x is 3. */
  const logits = { data: new Float32Array(72), shape: [3, 3, 2, 4] };
  for (let v = 0; v < 24; v++) {
    logits.data[v] = 1;
    logits.data[24 + v] = 1;
    logits.data[48 + v] = v % 4 === 1 ? 2 : -1;
  }

  it('decides for the greatest logit, the first of equal ones, at the place of the crop box', () => {
    const decision = { nonlinearity: 'softmax', regionClassOrder: null } as const;
    const { data, shape } = restoreLabelsV2(logits, properties, settings, decision);
    expect(shape).toEqual([4, 5, 6]);
    expect(data).toBeInstanceOf(Uint8Array);
    const expected = image().data.map((v) => (v % 10 === 3 ? 2 : 0));
    expect([...data]).toEqual([...expected]);
    const { data: p, shape: pShape } = restoreProbabilitiesV2(logits, properties, settings, decision);
    expect(pShape).toEqual([3, 4, 5, 6]);
    expect([p[0], p[120], p[240]]).toEqual([1, 0, 0]);
    const at = (1 * 5 + 1) * 6 + 3;
    const sum = 2 * Math.exp(1) + Math.exp(2);
    expect(p[at]).toBeCloseTo(Math.exp(1) / sum, 6);
    expect(p[240 + at]).toBeCloseTo(Math.exp(2) / sum, 6);
  });

  it('refuses logits of another case', () => {
    const decision = { nonlinearity: 'softmax', regionClassOrder: null } as const;
    const turned = { data: logits.data, shape: [3, 2, 3, 4] };
    const calls = [
      () => restoreLabelsV2(turned, properties, settings, decision),
      () => restoreProbabilitiesV2(turned, properties, settings, decision),
      () => planLabelStreamV2(turned.shape, properties, settings, decision),
    ];
    for (const call of calls) expect(call).toThrow('a prediction of 2 x 3 x 4 voxels for a case that was resampled to');
  });

  it.each([
    [254, Uint8Array],
    [255, Uint16Array],
  ])('writes labels up to 254 in one byte: %i', (label, type) => {
    const decision = { nonlinearity: 'sigmoid', regionClassOrder: [0, 0, label] } as const;
    const { data } = restoreLabelsV2(logits, properties, settings, decision);
    expect(data).toBeInstanceOf(type);
    expect(Math.max(...data)).toBe(label);
    const plan = planLabelStreamV2(logits.shape, properties, settings, decision);
    const stream = plan.open();
    stream.push(logits.data, 3);
    expect(stream.finish()).toEqual({ data, shape: [4, 5, 6] });
  });

  it.each([
    ['255 classes', 255, null, 1],
    ['256 classes', 256, null, 4],
    ['a region of label 254', 2, [1, 254], 1],
    ['a region of label 255', 2, [255, 1], 4],
  ])('holds labels of one byte, or two and their copy: %s', (_, classes, regionClassOrder, bytes) => {
    // In splines all logits are held, 20 bytes a voxel to restore them, and the image of 120 voxels.
    const all = { ...settings, resampleProbabilities: splines(3) };
    const decision = { nonlinearity: 'softmax', regionClassOrder } as const;
    const plan = planLabelStreamV2([classes, 3, 2, 4], properties, all, decision);
    expect(plan.streams).toBe(false);
    expect(plan.bytes).toBe(4 * classes * 24 + 120 * bytes + 20 * 24);
  });

  it('decides by the first greatest of many classes, the sigmoid above one half, within a limit of memory', () => {
    const many = { data: new Float32Array(4 * 24), shape: [4, 3, 2, 4] };
    many.data.fill(-3, 0, 24);
    many.data.fill(-2, 24, 48);
    many.data.fill(-2, 48, 72);
    many.data.fill(-4, 72);
    const inBox = image().data.map((v) => Number(v > 0));
    const classes = restoreLabelsV2(many, properties, settings, { nonlinearity: 'softmax', regionClassOrder: null });
    expect([...classes.data]).toEqual([...inBox]);
    many.data.fill(0, 0, 24);
    many.data.fill(0.01, 24, 48);
    const regions = { nonlinearity: 'sigmoid', regionClassOrder: [5, 6, 7, 8] } as const;
    expect([...restoreLabelsV2(many, properties, settings, regions).data]).toEqual([...inBox].map((v) => 6 * v));
    // The image; for a tile of 18 x 18 x 34 voxels two float64 buffers, scores and label; a byte a voxel of the planes
    // decided together, and the scores of the four classes in them.
    const bytesOf = (planes: number) => 120 + 18 * 18 * 34 * 21 + planes * 8 + 4 * 4 * planes * 8;
    const plan = (maxMemory?: number) =>
      planLabelStreamV2(many.shape, properties, settings, { ...regions, ...(maxMemory && { maxMemory }) });
    expect(plan().bytes).toBe(bytesOf(3));
    expect(plan(bytesOf(3)).bytes).toBe(bytesOf(3));
    expect(plan(bytesOf(3) - 1).bytes).toBe(bytesOf(2));
    expect(plan(bytesOf(1)).bytes).toBe(bytesOf(1));
    expect(() => plan(bytesOf(1) - 1)).toThrow(`${bytesOf(1)} bytes, but only ${bytesOf(1) - 1} bytes are allowed`);
  });

  it('writes regions in their order, nothing around them, and large labels in two bytes', () => {
    const decision = { nonlinearity: 'sigmoid', regionClassOrder: [7, 0, 300] } as const;
    const { data } = restoreLabelsV2(logits, properties, settings, decision);
    expect(data).toBeInstanceOf(Uint16Array);
    expect([...data]).toEqual([...image().data].map((v) => (v % 10 === 3 ? 300 : 0)));
    const { data: p } = restoreProbabilitiesV2(logits, properties, settings, decision);
    expect([p[0], p[120], p[240]]).toEqual([0, 0, 0]);
    expect(p[240 + (1 * 5 + 1) * 6 + 3]).toBeCloseTo(1 / (1 + Math.exp(-2)), 6);
  });

  it('rounds resampled logits to half floats before it compares them', () => {
    const fine = { ...properties, size_after_cropping: [2, 3, 8], original_size_of_raw_data: [2, 3, 8] };
    const whole = {
      ...fine,
      crop_bbox: [
        [0, 2],
        [0, 3],
        [0, 8],
      ] as [number, number][],
    };
    const near = { data: new Float32Array(48), shape: [2, 3, 2, 4] };
    for (let v = 0; v < 24; v++) {
      near.data[v] = 100;
      // Half floats around 100 are 1/16 apart: where 100.03125 is interpolated, it becomes 100.
      near.data[24 + v] = v % 4 === 3 ? 100.0625 : 99.9375;
    }
    const { data } = restoreLabelsV2(near, whole, settings, { nonlinearity: 'softmax', regionClassOrder: null });
    expect([...data.subarray(0, 8)]).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
  });
});

it('samples, beside each class, all voxels but the ignored ones, those outside the image too', () => {
  const volume = (values: number[]): Volume => ({ ...image(), shape: [1, 2, 4], data: Float32Array.from(values) });
  const labels = { all: [0, 1], foreground: [1], ignore: 2, regions: null, regionClassOrder: null, outputs: 2 };
  const own = { ...settings, transposeForward: [0, 1, 2], transposeBackward: [0, 1, 2], labels };
  const images = [volume([0, 1, 1, 1, 1, 1, 1, 1])];
  const { data, locations } = preprocessForTrainingV2(images, volume([0, 0, 1, 2, 1, 0, 0, 0]), own, source);
  expect([...data.subarray(8)]).toEqual([-1, 0, 1, 2, 1, 0, 0, 0]);
  const counts = Object.entries(locations).map(([key, voxels]) => [key, voxels.length / 3]);
  expect(Object.fromEntries(counts)).toEqual({ 1: 2, '-1,0,1': 7 });
});
