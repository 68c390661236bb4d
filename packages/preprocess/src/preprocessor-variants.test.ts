import { type ErrorTag, isNnUNetError } from '@nnunet/errors';
import { resampleData, resampleLabels } from '@nnunet/resample';
import type { CroppedCase, Plans } from '@nnunet/schema';
import { expect, it } from 'vitest';
import * as reference from '../test/reference.ts';
import { GenericPreprocessor } from './generic-preprocessor.ts';
import { preprocessCase, preprocessorFor, preprocessTestCase, shippedPreprocessors } from './preprocessor-registry.ts';
import { transposeVolume } from './transpose.ts';

// spacing 5 x 1 x 1 mm, transposed to 1 x 5 x 1; target 2.775 x 1 x 1: axis 1 is apart
const cropped = await reference.readCropped(reference.fixtures, 'Task101_Aniso', 'aniso_10104');
const base = reference.readPlans(reference.fixtures, 'Task101_Aniso', '3D');
// no normalisation, axes as they are
const plans: Plans = {
  ...base,
  normalization_schemes: { 0: 'noNorm' },
  transpose_forward: [0, 1, 2],
  transpose_backward: [0, 1, 2],
};
const by = (name: string, own: Plans = plans) => preprocessCase(cropped, { ...own, preprocessor_name: name }, 0);
const imageOf = ({ data }: { data: Float32Array }) => data.subarray(0, data.length / 2);
const meaningOfLabels = ({ data }: { data: Float32Array }) => data.subarray(data.length / 2);
const shape = cropped.shape;
const newShape = [13, 48, 37];

it('resamples linearly, with interpolation along the separate axis, or without one', () => {
  const options = { shape, newShape, separateAxis: 0 } as const;
  const image = cropped.images[0]!;
  const generic = by('GenericPreprocessor');
  expect(generic.shape).toEqual([2, ...newShape]);
  expect(imageOf(generic)).toEqual(resampleData(image, { ...options, order: 3 }));
  expect(imageOf(by('GenericPreprocessor_linearResampling'))).toEqual(resampleData(image, { ...options, order: 1 }));
  const different = by('Preprocessor3DDifferentResampling');
  expect(imageOf(different)).toEqual(resampleData(image, { ...options, order: 3, orderZ: 3 }));
  expect(meaningOfLabels(different)).toEqual(resampleLabels(cropped.segmentation, { ...options, order: 1, orderZ: 1 }));
  const better = by('Preprocessor3DBetterResampling');
  expect(imageOf(better)).toEqual(resampleData(image, { shape, newShape, order: 3 }));
  expect(meaningOfLabels(better)).toEqual(resampleLabels(cropped.segmentation, { shape, newShape, order: 3 }));
});

it('keeps all spacings, or that of the first axis', () => {
  const none = by('PreprocessorFor3D_NoResampling');
  expect(none.shape).toEqual([2, ...shape]);
  expect(imageOf(none)).toEqual(cropped.images[0]);
  expect(none.properties.spacing_after_resampling).toEqual([5, 1, 1]);
  const left = by('PreprocessorFor3D_LeaveOriginalZSpacing', base);
  expect(left.shape).toEqual([2, 48, 35, 37]);
  expect(left.properties.spacing_after_resampling).toEqual([1, 1, 1]);
});

it('makes one slice with a shorter edge of 512 or 768', () => {
  const flat = by('PreprocessorFor2D_edgeLength512');
  expect(flat.shape).toEqual([2, 1, Math.round((48 * 512) / 37), 512]);
  expect(by('PreprocessorFor2D_edgeLength768').shape).toEqual([2, 1, Math.round((48 * 768) / 37), 768]);
});

it('divides 8-bit images by 255', () => {
  const bytes = by('GenericPreprocessor_scale_uint8_to_0_1');
  expect(bytes.data[100]).toBeCloseTo(cropped.images[0]![100]! / 255, 6);
});

it('replaces NaN in 3D, keeps it in 2D, and leaves the cropped case alone', () => {
  const image = cropped.images[0]!.slice();
  image[5] = Number.NaN;
  const holed: CroppedCase = { ...cropped, images: [image] };
  const of = (name: string) => preprocessTestCase(holed, { ...plans, preprocessor_name: name }, 0).data;
  expect(of('PreprocessorFor3D_NoResampling')[5]).toBe(0);
  expect(of('PreprocessorFor2D')[5]).toBeNaN();
  expect(image[5]).toBeNaN();
});

it('normalises as other images where the plans name no scheme, without a mask where they name none', () => {
  const none: Plans = {
    ...plans,
    normalization_schemes: {},
    use_mask_for_norm: {},
    preprocessor_name: 'PreprocessorFor3D_NoResampling',
  };
  const image = imageOf(preprocessCase(cropped, none, 0));
  const mean = image.reduce((a, b) => a + b) / image.length;
  expect(mean).toBeCloseTo(0, 4);
  expect(Math.sqrt(image.reduce((a, b) => a + (b - mean) ** 2, 0) / image.length)).toBeCloseTo(1, 4);
  const masked = { ...none, use_mask_for_norm: { 0: true } };
  const segmentation = cropped.segmentation.slice();
  segmentation[11] = -1;
  const prepared = preprocessCase({ ...cropped, segmentation }, masked, 0);
  expect(prepared.properties.use_nonzero_mask_for_norm).toEqual({ 0: true });
  expect([meaningOfLabels(prepared)[11], prepared.data[11], image[11] === 0]).toEqual([-1, 0, false]);
});

it('takes labels below -1 for background, and every NaN for 0', () => {
  const segmentation = cropped.segmentation.slice();
  segmentation[7] = -3;
  const image = cropped.images[0]!.slice();
  for (const at of [0, 9, image.length - 1]) image[at] = Number.NaN;
  const own = { ...plans, preprocessor_name: 'PreprocessorFor3D_NoResampling' };
  const { data, mask } = preprocessTestCase({ ...cropped, segmentation, images: [image] }, own, 0);
  expect(mask[7]).toBe(0);
  expect([data[0], data[9], data.at(-1)]).toEqual([0, 0, 0]);
  expect(data.every((v, i) => v === (Number.isNaN(image[i]) ? 0 : image[i]))).toBe(true);
});

it('says which stages the plans have, and how many images a case needs', () => {
  expect(() =>
    preprocessCase(
      cropped,
      { ...base, plans_per_stage: { 0: base.plans_per_stage[0]!, 3: base.plans_per_stage[0]! } },
      7,
    ),
  ).toThrow(/the plans have no stage 7\n.*stages 0, 3\./);
  const twice = { ...cropped, images: [cropped.images[0]!, cropped.images[0]!] };
  expect(() => preprocessCase(twice, base, 0)).toThrow(/has 2 modalities, but the plans are for 1/);
});

it('finds classes by name, and the default by the dimension of the patch', () => {
  expect(preprocessorFor({ ...base, preprocessor_name: undefined })).toBeInstanceOf(GenericPreprocessor);
  const flat = reference.readPlans(reference.fixtures, 'Task101_Aniso', '2D');
  expect(preprocessorFor({ ...flat, preprocessor_name: undefined })).toBeInstanceOf(
    shippedPreprocessors.get('PreprocessorFor2D'),
  );
  const failure = (run: () => unknown, tag: ErrorTag) => {
    try {
      run();
    } catch (error) {
      return isNnUNetError(error, tag);
    }
    return false;
  };
  class Mine extends GenericPreprocessor {}
  const mine = { ...base, preprocessor_name: 'Mine' };
  expect(preprocessorFor(mine, shippedPreprocessors.with(Mine))).toBeInstanceOf(Mine);
  expect(failure(() => preprocessorFor(mine), 'unknown-preprocessor')).toBe(true);
  expect(failure(() => preprocessCase(cropped, base, 7), 'bad-plans')).toBe(true);
  expect(failure(() => preprocessCase({ ...cropped, images: [] }, base, 0), 'bad-case')).toBe(true);
});

it('transposes as numpy does, and back', () => {
  const data = Float32Array.from({ length: 24 }, (_, i) => i);
  const moved = transposeVolume(data, [2, 3, 4], [2, 0, 1]);
  expect([...moved.subarray(0, 6)]).toEqual([0, 4, 8, 12, 16, 20]);
  expect(transposeVolume(moved, [4, 2, 3], [1, 2, 0])).toEqual(data);
  expect(transposeVolume(data, [2, 3, 4], [0, 1, 2])).toBe(data);
});
