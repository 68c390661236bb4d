import { isNnUNetError } from '@nnunet/errors';
import { describe, expect, it } from 'vitest';
import { planSlabs, type SlabPlan, type SlabRequest } from './restore-memory.ts';

const MIB = 2 ** 20;
const shape = [3, 10, 20, 30];
const larger: [number, number, number] = [48, 50, 60];

const kept = {
  newShape: [10, 20, 30],
  order: 1,
  orderZ: 0,
  separateAxis: null,
} as const;
const splines = {
  newShape: larger,
  order: 3,
  orderZ: 0,
  separateAxis: null,
} as const;

const long = { ...splines, newShape: [400, 50, 60] } as const;

const request = (given: Partial<SlabRequest>): SlabRequest => ({
  softmaxShape: shape,
  resampling: kept,
  resultBytes: 6000,
  voxelBytes: 5,
  decides: true,
  maxMemory: undefined,
  ...given,
});

/** The plan, or the message of the refusal. */
function planned(given: Partial<SlabRequest>): SlabPlan | string {
  try {
    return planSlabs(request(given));
  } catch (error) {
    if (isNnUNetError(error, 'memory-limit')) return error.message;
    throw error;
  }
}

/** The least memory that is not refused. */
function leastMemory(given: Partial<SlabRequest>): number {
  let [low, high] = [0, 2 ** 44];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (typeof planned({ ...given, maxMemory: middle }) === 'string') low = middle;
    else high = middle;
  }
  return high;
}

describe('planes decided at once', () => {
  // 600 voxels of 5 bytes are 3000 bytes a plane; nothing is resampled
  it.each([
    [9000, 1, 9000],
    [11_999, 1, 9000],
    [12_000, 2, 12_000],
    [14_999, 2, 12_000],
    [36_000, 10, 36_000],
    [undefined, 10, 36_000],
  ])('of 6000 bytes of result and 3000 a plane, %s allowed', (maxMemory, planes, bytes) => {
    expect(planned({ maxMemory })).toEqual({
      planes,
      coefficientBytes: 0,
      bytes,
    });
  });

  it('refuses less than one plane, in bytes or MB', () => {
    expect(planned({ maxMemory: 8999 })).toContain('needs at least 9000 bytes, but only 8999 bytes are allowed');
    const large = { resultBytes: 16 * MIB, maxMemory: 16 * MIB - 1 };
    expect(planned(large)).toContain(`needs at least 17 MB, but only ${16 * MIB - 1} bytes are allowed`);
    expect(planned({ resultBytes: 25e6, maxMemory: 18e6 })).toContain(
      'needs at least 26 MB, but only 18 MB are allowed',
    );
  });

  // 512 x 512 voxels of 5 bytes are 1.25 MiB; 64 MiB hold 51 of them, 512 MiB 409
  it.each([
    ['without resampling', 1, [1000, 512, 512], 51],
    ['where eight planes are more than 64 MiB', 1, [100, 2048, 2048], 8],
    ['with splines', 3, [1001, 512, 512], 409],
  ] as const)('%s and without a limit', (_, order, newShape, planes) => {
    const resampling = { ...kept, order, newShape };
    const softmaxShape = [2, newShape[0] === 1001 ? 1000 : newShape[0], newShape[1], newShape[2]];
    expect(planSlabs(request({ softmaxShape, resampling })).planes).toBe(planes);
  });

  it('are all planes where none needs memory, or where slices have to be there first', () => {
    expect(planned({ voxelBytes: 0 })).toEqual({
      planes: 10,
      coefficientBytes: 0,
      bytes: 6000,
    });
    const apart = { ...splines, orderZ: 1, separateAxis: 0 } as const;
    const least = leastMemory({ resampling: apart });
    expect(planned({ resampling: apart, maxMemory: least })).toMatchObject({
      planes: 48,
      bytes: least,
    });
  });
});

describe.each([
  ['nothing resampled', { ...kept, newShape: [300, 20, 30] }, true],
  ['linear, in tiles', { ...long, order: 1 }, true],
  ['linear, plane by plane', { ...long, order: 1 }, false],
  ['shrinking', { ...long, order: 1, newShape: [200, 11, 13] }, true],
  ['splines', long, true],
  ['splines, slices apart', { ...long, separateAxis: 0 }, true],
  ['splines between slices', { ...long, orderZ: 3, separateAxis: 0, order: 1 }, true],
] as const)('within every limit: %s', (_, resampling, decides) => {
  // enough planes that holding more coefficients takes more memory; a plane takes less than all of them
  const given = {
    softmaxShape: [3, 300, 20, 30],
    resampling,
    decides,
    voxelBytes: 64,
  };

  it('takes no more than is allowed, and no plane less than fits', () => {
    const perPlane = 64 * resampling.newShape[1] * resampling.newShape[2];
    const least = leastMemory(given);
    const free = planSlabs(request(given));
    for (let step = 0; step <= 4; step += 1 / 16) {
      const maxMemory = least + Math.floor(step * perPlane);
      const plan = planSlabs(request({ ...given, maxMemory }));
      expect(plan.bytes).toBeLessThanOrEqual(maxMemory);
      expect(plan.planes).toBeGreaterThanOrEqual(1);
      if (plan.planes < free.planes) expect(plan.bytes + perPlane).toBeGreaterThan(maxMemory);
      expect(plan.coefficientBytes).toBeLessThanOrEqual(free.coefficientBytes);
    }
  });

  it('holds as many spline coefficients as fit, halved until they do', () => {
    const small = { ...given, voxelBytes: 1 };
    const least = leastMemory(small);
    const free = planSlabs(request(small));
    const isSpline = resampling.order === 3 || ('orderZ' in resampling && (resampling.orderZ as number) === 3);
    expect(free.coefficientBytes).toBe(isSpline ? 32 * MIB : 0);
    for (let maxMemory = least; maxMemory < free.bytes + 1000; maxMemory += Math.ceil((free.bytes - least + 1) / 200)) {
      const plan = planSlabs(request({ ...small, maxMemory }));
      expect(plan.bytes).toBeLessThanOrEqual(maxMemory);
      const halvings = Math.log2((32 * MIB) / plan.coefficientBytes);
      if (plan.coefficientBytes > 0) expect([0, 1, 2, 3, 4, 5, 6]).toContain(halvings);
    }
  });
});
