import { shippedNormalizations } from '@nnunet/preprocess';
import { counterRandom } from '@nnunet/tensor';
import { expect, it } from 'vitest';
import { forecastCase } from './case-forecast.ts';
import type { PredictionMode } from './case-prediction.ts';
import type { ModelRules } from './model-rules.ts';
import { description } from './node/noise-task.fixture.ts';
import { prepareInput } from './prepare-input.ts';
import { RulesV1 } from './rules-v1.ts';
import type { ModelDescriptionV2 } from './v2/model-description-v2.ts';
import { RulesV2 } from './v2/rules-v2.ts';

const plain = new RulesV1(description);
/** v1's rules with a postprocessing that treats these labels. */
const treating = (...entries: number[]) => new RulesV1(description, { rule: { entries, minimumSizes: null }, content: null }); // biome-ignore format: a row
const image = {
  shape: [14, 10, 12] as const,
  spacing: [0.8, 1.25, 1] as const,
  origin: [5, -3, 7] as const,
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};
const { geometry, networkShape } = forecastCase(plain, image);
const shape = [3, ...networkShape];
const voxels = networkShape[0] * networkShape[1] * networkShape[2];
const scores = counterRandom(1, 'scores').fillNormal(new Float32Array(3 * voxels), 1).map((v) => Math.abs(v)); // biome-ignore format: a row

/** Labels from scores that come a few planes at a time. */
function streamed(rules: ModelRules, mode: PredictionMode, planes: number) {
  const labels = rules.planLabels(shape, geometry, { mode }).open();
  const [Z, Y, X] = networkShape;
  for (let z = 0; z < Z; z += planes) {
    const count = Math.min(planes, Z - z);
    const part = new Float32Array(3 * count * Y * X);
    for (let c = 0; c < 3; c++)
      part.set(scores.subarray((c * Z + z) * Y * X, (c * Z + z + count) * Y * X), c * count * Y * X);
    labels.push(part, count);
  }
  return labels.finish();
}

it.each(['normal', 'fast', 'fastest'] as const)(
  'gives the same labels plane by plane as from all scores: %s',
  (mode) => {
    for (const rules of [plain, treating(1, 2)]) {
      const whole = rules.prediction(geometry, { data: scores, shape }).labels(mode);
      expect(whole).toMatchObject({ shape: image.shape, spacing: image.spacing, origin: image.origin });
      expect(new Set(whole.data).size).toBe(3);
      for (const planes of [1, 5]) expect(streamed(rules, mode, planes)).toEqual(whole);
    }
    const raw = plain.prediction(geometry, { data: scores, shape }).labels(mode).data;
    expect(streamed(treating(1, 2), mode, 4).data).not.toEqual(raw);
    expect(streamed(treating(1, 2).withoutPostprocessing(), mode, 4).data).toEqual(raw);
  },
);

it('needs four bytes a voxel more where labels are postprocessed', () => {
  const extra = 4 * 14 * 10 * 12;
  const bytes = (rules: ModelRules, mode: PredictionMode, maxMemory?: number) => {
    try {
      return rules.planLabels(shape, geometry, { mode, maxMemory }).bytes;
    } catch (error) {
      return (error as { tag: string }).tag;
    }
  };
  for (const mode of ['normal', 'fast'] as const) {
    const own = bytes(plain, mode) as number;
    expect(bytes(treating(1, 2), mode)).toBe(own + extra);
    expect(bytes(treating(), mode)).toBe(own);
  }
  // The limit is what is left for the labels.
  const least = [...new Array(40).keys()].map((i) => 1000 * 1.4 ** i);
  const outcomes = least.map((limit) => bytes(plain, 'normal', limit));
  expect(new Set(outcomes).size).toBeGreaterThan(1);
  expect(outcomes).toContain('memory-limit');
  for (const [i, limit] of least.entries()) {
    const found = bytes(treating(1, 2), 'normal', limit + extra);
    expect(found).toEqual(typeof outcomes[i] === 'number' ? (outcomes[i] as number) + extra : outcomes[i]);
  }
  // 9 bytes a voxel as the network sees it, 5 of the image
  expect(bytes(plain, 'fast')).toBe(9 * voxels + 5 * 14 * 10 * 12);
});

const volume = (value: number) => ({
  ...image,
  data: new Float32Array(14 * 10 * 12).map((_, i) => (i === 7 ? value : i)),
});
const input = (...values: number[]) => ({ images: values.map(volume), id: 'a' });

it('prepares a case, with what there is to say of its images', () => {
  const prepared = prepareInput(plain, input(3));
  expect(prepared.image.shape).toEqual([1, ...networkShape]);
  expect([prepared.notices, prepared.original]).toEqual([[], null]);
  expect(prepareInput(plain, input(Number.NaN)).notices).toMatchObject([{ severity: 'warning' }]);
  const second = new RulesV1({ ...description, configuration: '3d_cascade_fullres' });
  expect(() => prepareInput(second, input(3))).toThrow(/the cascade needs the 3d_lowres segmentation of a/);
  const previousSegmentation = { data: new Uint8Array(14 * 10 * 12).fill(2), shape: [14, 10, 12] };
  const { data, shape: found } = prepareInput(second, { ...input(3), previousSegmentation }).image;
  expect(found).toEqual([3, ...networkShape]);
  expect([...new Set(data.subarray(voxels, 2 * voxels)), ...new Set(data.subarray(2 * voxels))]).toEqual([0, 1]);
});

it("asks for what a cascade of v2 needs, and has none of v1's quick ways", () => {
  const v2 = new RulesV2({ previousLabels: [1], reorients: false } as unknown as ModelDescriptionV2);
  expect([v2.needsPreviousStage, v2.modes]).toEqual([true, ['normal']]);
  expect(() => v2.prepare(input(3))).toThrow(expect.objectContaining({ tag: 'missing-previous-stage' }));
  const previousSegmentation = { data: new Uint8Array(5), shape: [1, 1, 5] };
  expect(() => v2.prepare({ ...input(3), previousSegmentation })).toThrow(
    /a: the previous stage's segmentation has 1 x 1 x 5 voxels, but the image has 14 x 10 x 12/,
  );
  expect(() => v2.planLabels(shape, geometry, { mode: 'fast' })).toThrow(/do not support `mode` fast/);
});

const model = { ...description, patchSize: [4, 4], nonlinearity: 'softmax' } as unknown as ModelDescriptionV2;
const v2 = new RulesV2(model);

it('takes what a network gives for probabilities in v1, for logits in v2', () => {
  expect([plain.patchSize, plain.nonlinearity]).toEqual([[8, 8, 8], 'softmax']);
  expect([v2.patchSize, v2.nonlinearity]).toEqual([[4, 4], 'none']);
});

it('averages folds in float32 in v1, and in half floats in v2', () => {
  const mean = (rules: ModelRules) => {
    const sum = Float32Array.of(1, 2048);
    rules.addFold(sum, Float32Array.of(2, 1));
    rules.addFold(sum, Float32Array.of(4, 3));
    const added = [...sum];
    rules.divide(sum, 3);
    return [added, [...sum]];
  };
  expect(mean(plain)).toEqual([[7, 2052], [Math.fround(7 / 3), 684]]); // biome-ignore format: a row
  // Half floats from 2048 to 4096 are even numbers: 2049 becomes 2048, 2051 becomes 2052. From 2 to 4 their step is 2^-9.
  expect(mean(v2)).toEqual([[7, 2052], [1195 / 512, 684]]); // biome-ignore format: a row
});

it('asks for the preprocessor and the normalisation schemes that the plans name, by v1 and by v2', () => {
  const { plans } = description;
  const named = (changes: object) => new RulesV1({ ...description, plans: { ...plans, ...changes } });
  const schemes = { normalizationSchemes: ['nonCT', 'mine'] };
  const v2 = new RulesV2({ preprocessing: schemes } as unknown as ModelDescriptionV2);
  const mine = { name: 'mine', normalize: () => undefined };
  const normalizations = shippedNormalizations.with(mine);
  for (const rules of [named({ normalization_schemes: { 0: 'mine' } }), v2]) {
    const unknown = expect.objectContaining({ tag: 'unknown-normalization' });
    expect(() => rules.requireKnownSteps({})).toThrow(unknown);
    rules.requireKnownSteps({ normalizations });
  }
  const unknown = expect.objectContaining({ tag: 'unknown-preprocessor' });
  expect(() => named({ preprocessor_name: 'Mine' }).requireKnownSteps({ normalizations })).toThrow(unknown);
});

it('names channels and labels as dataset.json does: in v1 from the plans and the checkpoint, in v2 from the file', () => {
  expect([plain.channelNames, plain.labelNames]).toEqual([['MRI'], {}]);
  const labels = { 0: 'background', 1: 'liver', 2: 'tumour' };
  const plans = { ...description.plans, num_modalities: 2, modalities: { 1: 'T2' } };
  const named = new RulesV1({ ...description, plans, labels });
  expect([named.channelNames, named.labelNames]).toEqual([['channel 0', 'T2'], labels]);
  const of = (dataset: object | string, more: object = {}) =>
    new RulesV2(
      { ...model, channels: 2, regionClassOrder: null, ...more },
      { 'dataset.json': typeof dataset === 'string' ? dataset : JSON.stringify(dataset) },
    );
  const inFile = { background: 0, liver: 1, tumour: 2, ignore: 3 };
  const plainV2 = of({ channel_names: { 0: 'CT', 1: 'PET' }, labels: inFile });
  expect([plainV2.channelNames, plainV2.labelNames]).toEqual([['CT', 'PET'], labels]);
  const regions = { background: 0, 'whole tumour': [1, 2], ignore: 3, core: [2] };
  const ofRegions = of({ modality: { 0: 'CT' }, labels: regions }, { regionClassOrder: [1, 2] });
  expect([ofRegions.channelNames, ofRegions.labelNames]).toEqual([
    ['CT', 'channel 1'],
    { 0: 'background', 1: 'whole tumour', 2: 'core' },
  ]);
  // The order of the file, whatever the names.
  const inOrder = '{"labels": {"background": 0, "whole": [1, 2], "2": 2}}';
  expect(of(inOrder, { regionClassOrder: [1, 2] }).labelNames).toEqual({ 0: 'background', 1: 'whole', 2: '2' });
  expect([v2.labelNames, of({}).channelNames]).toEqual([{}, ['channel 0', 'channel 1']]);
});
