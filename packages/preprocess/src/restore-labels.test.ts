import { type ErrorTag, isNnUNetError } from '@nnunet/errors';
import { resampleLabels } from '@nnunet/resample';
import { describe, expect, it } from 'vitest';
import { context } from '../test/restore-context.ts';
import { planLabelStream } from './label-stream.ts';
import { restoreContext } from './restore-geometry.ts';
import { resampleSoftmaxToCropped, restoreLabelMap, restoreLabels, restoreMemory } from './restore-labels.ts';
import { inverseOrder, transposeVolume } from './transpose.ts';

const order = [2, 0, 1];
const properties = {
  original_size_of_raw_data: [9, 11, 12],
  original_spacing: [2, 1, 1],
  size_after_cropping: [6, 7, 8],
  spacing_after_resampling: [1, 2, 1],
  crop_bbox: [
    [2, 8],
    [3, 10],
    [4, 12],
  ] as [number, number][],
};
const transposeBackward = inverseOrder(order);

/** Scores without a pattern, (3, 8, 6, 7): the cropped shape in network order, or another shape. */
function scores(shape: number[]) {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < data.length; i++) data[i] = ((i * 7919) % 1009) / 1009;
  return { data, shape };
}

it('puts labels at their place in the whole image, whatever the transpose', () => {
  const softmax = scores([3, 8, 6, 7]);
  const { data, shape } = restoreLabels(softmax, properties, context({ transposeBackward }));
  expect(shape).toEqual([9, 11, 12]);
  const size = 8 * 6 * 7;
  const channels = [0, 1, 2].map((c) =>
    transposeVolume(softmax.data.subarray(c * size, (c + 1) * size), [8, 6, 7], transposeBackward),
  );
  for (let z = 0, at = 0; z < 9; z++)
    for (let y = 0; y < 11; y++)
      for (let x = 0; x < 12; x++, at++) {
        const inside = z >= 2 && z < 8 && y >= 3 && y < 10 && x >= 4;
        const from = ((z - 2) * 7 + y - 3) * 8 + x - 4;
        const values = channels.map((channel) => channel[from]!);
        expect(data[at]).toBe(inside ? values.indexOf(Math.max(...values)) : 0);
      }
});

it('decides the same labels from planes, from whole classes, and from the stored probabilities', () => {
  const softmax = scores([3, 5, 9, 8]);
  for (const options of [
    { interpolationOrder: 1 },
    { interpolationOrder: 0 },
    { interpolationOrder: 3 },
    { interpolationOrder: 1, forceSeparateZ: true },
    { interpolationOrder: 3, forceSeparateZ: true },
    { interpolationOrder: 1, forceSeparateZ: true, orderZ: 1 },
    { interpolationOrder: 3, forceSeparateZ: true, orderZ: 3 },
  ] as const) {
    const labels = restoreLabels(
      softmax,
      { ...properties, crop_bbox: null },
      context({ transposeBackward, ...options }),
    );
    const stored = resampleSoftmaxToCropped(softmax, properties, context({ transposeBackward, ...options }));
    expect(stored.shape).toEqual([3, 6, 7, 8]);
    const again = restoreLabels(stored, { ...properties, crop_bbox: null }, context());
    expect(labels).toEqual(again);
  }
});

describe.each([
  { interpolationOrder: 1 },
  { interpolationOrder: 3 },
  { interpolationOrder: 1, forceSeparateZ: true },
  { interpolationOrder: 3, forceSeparateZ: true },
  { interpolationOrder: 1, forceSeparateZ: true, orderZ: 1 },
] as const)('under a limit of memory, $interpolationOrder $forceSeparateZ $orderZ', (given) => {
  const softmax = scores([3, 150, 9, 8]);
  const long = { ...properties, original_size_of_raw_data: [7, 8, 210], size_after_cropping: [6, 7, 200] };
  const box = [
    [1, 7],
    [1, 8],
    [5, 205],
  ] as [number, number][];
  const restore = (maxMemory?: number) =>
    restoreLabels(softmax, { ...long, crop_bbox: box }, context({ transposeBackward, ...given, maxMemory }));
  const least = Number(/at least (\d+) bytes/.exec(limitMessage(() => restore(1)))?.[1]);

  it('decides the same in slabs of one plane as in large ones', () => {
    expect(least).toBeGreaterThan(210 * 8 * 7);
    for (const more of [0, 42 * 5 * 6, 1e6]) expect(restore(least + more)).toEqual(restore());
    const options = context({ transposeBackward, ...given });
    const planned = restoreMemory(softmax.shape, { ...long, crop_bbox: box }, { ...options, maxMemory: least });
    expect(planned).toBe(least);
    expect(restoreMemory(softmax.shape, { ...long, crop_bbox: box }, options)).toBeGreaterThan(least);
  });

  it('refuses what cannot fit', () => {
    expect(limitMessage(() => restore(least - 1))).toMatch(/Allow more memory/);
    const probabilities = () =>
      resampleSoftmaxToCropped(softmax, long, context({ transposeBackward, ...given, maxMemory: 1e5 }));
    expect(limitMessage(probabilities)).toMatch(/at least/);
    const labels = { data: new Uint8Array(150 * 9 * 8), shape: [150, 9, 8] };
    expect(limitMessage(() => restoreLabelMap(labels, long, context({ transposeBackward, maxMemory: 1e4 })))).toMatch(
      /at least/,
    );
  });
});

/** The message of the error 'memory-limit' that a call throws. */
function limitMessage(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isNnUNetError(error, 'memory-limit')) return error.message;
    throw error;
  }
  return '';
}

it('gives equal probabilities to the lowest class, and regions to the last above one half', () => {
  const softmax = { data: Float32Array.from([0.5, 0.6, 0.5, 0.9, 0.5, 0.6, 0.7, 0.2]), shape: [2, 1, 2, 2] };
  const one = {
    original_size_of_raw_data: [1, 2, 2],
    original_spacing: [1, 1, 1],
    size_after_cropping: [1, 2, 2],
  };
  expect([...restoreLabels(softmax, one, context()).data]).toEqual([0, 0, 1, 0]);
  expect([...restoreLabels(softmax, one, context({ regionClassOrder: [2, 1] })).data]).toEqual([0, 1, 1, 2]);
});

it('restores labels decided in network space', () => {
  const labels = { data: Uint8Array.from({ length: 5 * 9 * 8 }, (_, i) => (i % 5) % 3), shape: [5, 9, 8] };
  for (const interpolationOrder of [0, 1] as const) {
    const found = restoreLabelMap(
      labels,
      { ...properties, crop_bbox: null },
      context({ transposeBackward, interpolationOrder }),
    );
    const resampled = resampleLabels(Float32Array.from(labels.data), {
      shape: [5, 9, 8],
      newShape: [8, 6, 7],
      order: interpolationOrder,
    });
    expect([...found.data]).toEqual([...transposeVolume(resampled, [8, 6, 7], transposeBackward)]);
  }
});

it('says what does not fit', () => {
  const tagged = (run: () => unknown, tag: ErrorTag) => {
    try {
      run();
    } catch (error) {
      return isNnUNetError(error, tag);
    }
    return false;
  };
  expect(
    tagged(() => restoreLabels({ data: new Float32Array(8), shape: [2, 2, 2] }, properties, context()), 'bad-shape'),
  ).toBe(true);
  const outside = { ...properties, crop_bbox: [[9, 10], ...properties.crop_bbox.slice(1)] as [number, number][] };
  expect(tagged(() => restoreLabels(scores([3, 8, 6, 7]), outside, context()), 'bad-case-properties')).toBe(true);
});

describe('a prediction that does not belong to the case, or without the axes of the plans', () => {
  // permuted axes of one size would pass by their number of voxels
  const resampled = { ...properties, size_after_resampling: [8, 6, 7] };
  const labels = { data: new Uint8Array(8 * 6 * 7), shape: [8, 6, 7] };
  const wrong = { data: labels.data, shape: [6, 7, 8] };
  const calls = {
    restoreLabels: (shape: number[], options: never) => restoreLabels(scores([3, ...shape]), resampled, options),
    resampleSoftmaxToCropped: (shape: number[], options: never) =>
      resampleSoftmaxToCropped(scores([3, ...shape]), resampled, options),
    restoreLabelMap: (shape: number[], options: never) =>
      restoreLabelMap(shape[0] === 8 ? labels : wrong, resampled, options),
    restoreMemory: (shape: number[], options: never) => restoreMemory([3, ...shape], resampled, options),
    planLabelStream: (shape: number[], options: never) => planLabelStream([3, ...shape], resampled, options),
  };

  it.each(Object.entries(calls))('%s refuses them', (_, call) => {
    const right = context({ transposeBackward }) as never;
    expect(() => call([8, 6, 7], right)).not.toThrow();
    expect(() => call([6, 7, 8], right)).toThrow('6 x 7 x 8 voxels for a case that was resampled to 8 x 6 x 7');
    const { transposeBackward: _left, ...without } = right as ReturnType<typeof context>;
    for (const options of [{}, without, { ...without, transposeBackward: [0, 1, 1] }, { transposeBackward }]) {
      expect(() => call([8, 6, 7], options as never)).toThrow('restoreContext(plans)');
    }
  });

  it("takes the way back from the plans, and v1's where they say nothing", () => {
    expect(restoreContext({ transpose_backward: order })).toEqual({
      transposeBackward: order,
      interpolationOrder: 1,
      orderZ: 0,
      forceSeparateZ: null,
    });
    const segmentation_export_params = { interpolation_order: 3, interpolation_order_z: 1, force_separate_z: false };
    expect(restoreContext({ transpose_backward: order, segmentation_export_params })).toEqual({
      transposeBackward: order,
      interpolationOrder: 3,
      orderZ: 1,
      forceSeparateZ: false,
    });
  });
});
