import { isNnUNetError } from '@nnunet/errors';
import { describe, expect, it } from 'vitest';
import { context } from '../test/restore-context.ts';
import { planLabelStream } from './label-stream.ts';
import { restoreGeometry } from './restore-geometry.ts';
import {
  labelsAtShape,
  resampleSoftmaxToCropped,
  restoreLabelMap,
  restoreLabels,
  restoreMemory,
} from './restore-labels.ts';
import type { Softmax } from './softmax.ts';

const properties = {
  original_size_of_raw_data: [7, 8, 9],
  original_spacing: [1, 1, 1],
  size_after_cropping: [2, 3, 4],
  crop_bbox: [
    [1, 3],
    [2, 5],
    [3, 7],
  ] as [number, number][],
};
/** Three classes of 2 x 3 x 4 voxels. */
const softmax: Softmax = {
  data: Float32Array.from({ length: 72 }, (_, i) => ((i * 7919) % 1009) / 1009),
  shape: [3, 2, 3, 4],
};
const image = 7 * 8 * 9;

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isNnUNetError(error, 'memory-limit')) return error.message;
    throw error;
  }
  return '';
}

describe('bytes that are held, where nothing is resampled', () => {
  it('are the image, and a label and the best probability of each voxel in work', () => {
    expect(restoreMemory(softmax.shape, properties, context())).toBe(image + 24 * 5);
    expect(restoreMemory(softmax.shape, properties, context({ regionClassOrder: [1, 2, 3] }))).toBe(image + 24);
    // one plane at a time
    const least = image + 12 * 5;
    expect(restoreMemory(softmax.shape, properties, context({ maxMemory: least }))).toBe(least);
    const less = context({ maxMemory: least - 1 });
    expect(refusal(() => restoreLabels(softmax, properties, less))).toContain(
      `at least ${least} bytes, but only ${least - 1}`,
    );
  });

  it('are all probabilities of the result', () => {
    const stored = resampleSoftmaxToCropped(softmax, properties, context({ maxMemory: 288 }));
    expect(stored).toEqual(softmax);
    const less = () => resampleSoftmaxToCropped(softmax, properties, context({ maxMemory: 287 }));
    expect(refusal(less)).toContain('at least 288 bytes, but only 287');
  });

  it('are both label maps as numbers, and the image', () => {
    const labels = { data: new Uint8Array(120).fill(1), shape: [4, 5, 6] };
    const least = 4 * 120 + 4 * 24 + image;
    expect(restoreLabelMap(labels, properties, context({ maxMemory: least })).shape).toEqual([7, 8, 9]);
    const less = () => restoreLabelMap(labels, properties, context({ maxMemory: least - 1 }));
    expect(refusal(less)).toContain(`at least ${least} bytes`);
  });

  it('are all probabilities beside the restoring, for splines that come plane by plane', () => {
    const plan = (maxMemory?: number) =>
      planLabelStream(softmax.shape, properties, context({ interpolationOrder: 3, ...(maxMemory && { maxMemory }) }));
    expect([plan().bytes, plan().streams]).toEqual([288 + image + 120, false]);
    expect(plan(288 + image + 120).bytes).toBe(288 + image + 120);
    expect(plan(288 + image + 119).bytes).toBe(288 + image + 60);
    expect(refusal(() => plan(288 + image + 59))).toContain(`at least ${image + 60} bytes, but only ${image + 59}`);
    expect(refusal(() => plan(287))).toContain('at least 288 bytes, but only 287');
    const stream = plan(288 + image + 60).open();
    for (const k of [0, 1]) {
      const plane = [0, 1, 2].flatMap((c) => [...softmax.data.subarray((2 * c + k) * 12, (2 * c + k + 1) * 12)]);
      stream.push(Float32Array.from(plane), 1);
    }
    expect(stream.finish()).toEqual(restoreLabels(softmax, properties, context()));
  });
});

describe('a crop box', () => {
  const labels = { data: Uint8Array.from({ length: 24 }, (_, i) => i + 1), shape: [2, 3, 4] };
  const at = (corner: number[], size = [7, 8, 9]) => ({
    ...properties,
    original_size_of_raw_data: size,
    crop_bbox: corner.map((low, axis) => [low, low + [2, 3, 4][axis]!] as [number, number]),
  });

  it('that reaches beyond the image is cut', () => {
    const { data, shape } = restoreLabelMap(labels, at([2, 1, 2], [3, 3, 4]), context());
    expect(shape).toEqual([3, 3, 4]);
    // Of the first plane the first two rows, and of these the first two columns.
    const expected = new Uint8Array(36);
    for (const [y, x] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ] as const)
      expected[24 + (1 + y) * 4 + 2 + x] = 4 * y + x + 1;
    expect([...data]).toEqual([...expected]);
  });

  it.each([
    [[6, 7, 8], true],
    [[7, 0, 0], false],
    [[0, 8, 0], false],
    [[0, 0, 9], false],
    [[-1, 0, 0], false],
  ])('may start at %j: %s', (corner, fits) => {
    const geometry = () => restoreGeometry([2, 3, 4], at(corner), context());
    if (fits) expect(geometry().corner).toEqual(corner);
    else expect(geometry).toThrow(`crop_bbox starts at ${corner.join(', ')}, outside an image of 7 x 8 x 9`);
  });

  it('is the whole where there is none', () => {
    const { imageShape, corner } = restoreGeometry([2, 3, 4], { ...properties, crop_bbox: null }, context());
    expect([imageShape, corner]).toEqual([
      [2, 3, 4],
      [0, 0, 0],
    ]);
  });
});

it('treats the axis apart that the spacings single out, seen from the network', () => {
  const axis = (change: object, given: Parameters<typeof context>[0] = {}) =>
    restoreGeometry([2, 3, 4], { ...properties, ...change }, context({ transposeBackward: [1, 2, 0], ...given }))
      .separateAxis;
  expect(axis({})).toBeNull();
  expect(axis({ original_spacing: [5, 1, 1] })).toBe(1);
  expect(axis({ original_spacing: [1, 5, 1] })).toBe(2);
  expect(axis({ original_spacing: [1, 1, 5] })).toBe(0);
  expect(axis({ spacing_after_resampling: [5, 1, 1] })).toBe(1);
  expect(axis({ original_spacing: [5, 1, 1] }, { forceSeparateZ: false })).toBeNull();
  expect(axis({ original_spacing: [2, 1, 1] }, { forceSeparateZ: true })).toBe(1);
});

it('decides labels at the shape of another stage as those of a whole image', () => {
  const whole = { ...properties, size_after_cropping: [5, 4, 7], crop_bbox: null, original_spacing: [9, 1, 1] };
  for (const interpolationOrder of [0, 1, 3] as const) {
    const expected = restoreLabels(softmax, whole, context({ interpolationOrder, forceSeparateZ: false }));
    expect(labelsAtShape(softmax, [5, 4, 7], interpolationOrder)).toEqual(expected);
    if (interpolationOrder === 1) expect(labelsAtShape(softmax, [5, 4, 7])).toEqual(expected);
  }
  expect(() => labelsAtShape({ data: softmax.data, shape: [3, 24] }, [5, 4, 7])).toThrow('axes (classes, z, y, x)');
  expect(() => labelsAtShape({ data: softmax.data, shape: [2, 2, 3, 4] }, [5, 4, 7])).toThrow('with 72 values');
  expect(() => labelsAtShape({ data: new Float32Array(), shape: [0, 2, 3, 4] }, [5, 4, 7])).toThrow('with 0 values');
});
