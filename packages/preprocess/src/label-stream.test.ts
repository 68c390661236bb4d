import { isNnUNetError } from '@nnunet/errors';
import type { CaseProperties } from '@nnunet/schema';
import { roundToFloat16 } from '@nnunet/tensor/internal';
import { describe, expect, it } from 'vitest';
import { context } from '../test/restore-context.ts';
import { type PlannedLabelStream, planLabelStream } from './label-stream.ts';
import { restoreLabels } from './restore-labels.ts';
import type { Softmax } from './softmax.ts';
import type { PreprocessingV2 } from './v2/preprocess-v2.ts';
import { planLabelStreamV2, restoreLabelsV2 } from './v2/restore-v2.ts';

/** Patches that one class is sure of, and noise. */
function scores(shape: readonly number[], factor = 1): Softmax {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  const voxels = data.length / shape[0]!;
  for (let i = 0; i < data.length; i++) {
    const [c, v] = [Math.floor(i / voxels), i % voxels];
    const owner = Math.floor(v / 91) % shape[0]!;
    data[i] = factor * (c === owner ? 0.75 : 0.1) + (v % 5 === 0 ? (((v + 3) * (c + 1) * 7919) % 1009) / 1009 : 0);
  }
  return { data, shape };
}

/** Gives planes to a stream in pieces of several sizes. */
function throughStream<L extends Uint8Array | Uint16Array>(plan: PlannedLabelStream<L>, { data, shape }: Softmax) {
  const [classes, planes, rows, columns] = shape as [number, number, number, number];
  const size = rows * columns;
  const stream = plan.open();
  for (let k = 0, n = 1; k < planes; k += n, n = (n % 4) + 1) {
    const count = Math.min(n, planes - k);
    const piece = new Float32Array(classes * count * size);
    for (let c = 0; c < classes; c++) {
      const from = (c * planes + k) * size;
      piece.set(data.subarray(from, from + count * size), c * count * size);
    }
    stream.push(piece, count);
    n = count;
  }
  return stream.finish();
}

const properties = {
  original_size_of_raw_data: [9, 30, 61],
  original_spacing: [1, 1, 1],
  size_after_cropping: [7, 25, 53],
  crop_bbox: [
    [1, 8],
    [4, 29],
    [5, 58],
  ] as [number, number][],
};
const transposeBackward = [1, 2, 0];

describe.each([
  { shape: [4, 53, 7, 25], what: 'of the image’s own size' },
  { shape: [4, 31, 9, 12], what: 'made finer along the first axis' },
  { shape: [4, 90, 5, 30], what: 'made coarser along the first axis' },
  { shape: [4, 300, 3, 5], what: 'made much coarser, so that planes are left out' },
  { shape: [4, 1, 1, 1], what: 'of a single voxel' },
])('probabilities $what', ({ shape }) => {
  const softmax = scores(shape);

  it.each([
    { interpolationOrder: 1 },
    { interpolationOrder: 0 },
    { interpolationOrder: 1, forceSeparateZ: true },
    { interpolationOrder: 1, forceSeparateZ: true, orderZ: 1 },
    { interpolationOrder: 3 },
  ] as const)('give the same labels plane by plane: %o', (given) => {
    for (const regionClassOrder of [null, [3, 1, 2]]) {
      const options = context({ transposeBackward, ...given, regionClassOrder });
      const whole = restoreLabels(softmax, properties, options);
      const plan = planLabelStream(shape, properties, options);
      expect(plan.streams).toBe(given.interpolationOrder !== 3);
      expectSame(throughStream(plan, softmax), whole);
      if (!plan.streams) continue;
      // With less memory, fewer planes at once.
      const least = Number(
        /at least (\d+) bytes/.exec(
          refusal(() => planLabelStream(shape, properties, { ...options, maxMemory: 1 })),
        )?.[1],
      );
      expect(least).toBeLessThanOrEqual(plan.bytes);
      const small = planLabelStream(shape, properties, { ...options, maxMemory: least });
      expect(small.bytes).toBe(least);
      expectSame(throughStream(small, softmax), whole);
    }
  });

  it.each(['resample_data_or_seg_to_shape', 'resample_torch_fornnunet'])('give the same labels by %s of v2', (name) => {
    const logits = scores(shape, 3);
    logits.data.forEach((_, i) => {
      logits.data[i]! -= 2;
    });
    roundToFloat16(logits.data, logits.data as Float32Array<ArrayBuffer>);
    const kwargs = { is_seg: false, order: 1, order_z: 0, force_separate_z: null };
    const settings = {
      transposeForward: [2, 0, 1],
      transposeBackward,
      spacing: [1, 1, 1],
      resampleProbabilities: { name, kwargs },
    } as unknown as PreprocessingV2;
    for (const regionClassOrder of [null, [3, 1, 300], [3, 1, 2]]) {
      const decision = { nonlinearity: regionClassOrder ? 'sigmoid' : 'softmax', regionClassOrder } as const;
      const whole = restoreLabelsV2(
        { data: logits.data, shape: [...shape] },
        properties as unknown as CaseProperties,
        settings,
        decision,
      );
      const plan = planLabelStreamV2(shape, properties as unknown as CaseProperties, settings, decision);
      expectSame(throughStream(plan, logits), whole);
    }
  });
});

it('says when planes are missing', () => {
  const stream = planLabelStream([2, 4, 7, 25], { ...properties, size_after_cropping: [7, 25, 53] }, context()).open();
  stream.push(new Float32Array(2 * 3 * 7 * 25), 3);
  expect(() => stream.finish()).toThrow(RangeError);
});

/** Vitest compares large arrays slowly. */
function expectSame(found: { data: Uint8Array | Uint16Array }, whole: { data: Uint8Array | Uint16Array }): void {
  expect(found.data.constructor).toBe(whole.data.constructor);
  expect(found.data.length).toBe(whole.data.length);
  expect(found.data.findIndex((label, i) => label !== whole.data[i])).toBe(-1);
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isNnUNetError(error, 'memory-limit')) return error.message;
    throw error;
  }
  return '';
}
