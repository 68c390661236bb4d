import { describe, expect, it } from 'vitest';
import { describeNetwork, type NetworkDescription } from './network-description.ts';
import { estimateStepMemory } from './step-memory.ts';

const MiB = 2 ** 20;
const times = <T>(n: number, value: T): T[] => new Array<T>(n).fill(value);

function network(pools: number[][], kernels: number[][], modalities = 1, classes = 2): NetworkDescription {
  const num_pool_per_axis = pools[0]!.map((_, axis) => pools.filter((pool) => pool[axis] === 2).length);
  const patch_size = pools[0]!.map(() => 1);
  const stage = { patch_size, num_pool_per_axis, pool_op_kernel_sizes: pools, conv_kernel_sizes: kernels };
  return describeNetwork(
    {
      num_modalities: modalities,
      num_classes: classes,
      base_num_features: 32,
      conv_per_stage: 2,
      plans_per_stage: { 0: stage as never },
    },
    0,
  );
}

const isotropic = (poolings: number, axes: number, ...rest: number[]) =>
  network(times(poolings, times(axes, 2)), times(poolings + 1, times(axes, 3)), ...rest);

const small = isotropic(3, 3);
const anisotropic = network(
  [
    [1, 2, 2],
    [2, 2, 2],
    [1, 2, 2],
    [1, 2, 2],
  ],
  [[1, 3, 3], ...times(4, [3, 3, 3])],
);
const flat = isotropic(5, 2);

describe('the estimate', () => {
  // Largest resident size of a process that took two steps, one thread, float32, x86-64 Linux.
  it.each([
    { name: '3D, batch 1', description: small, patch: [40, 56, 40], batch: 1, measured: 614 },
    { name: '3D, batch 2', description: small, patch: [40, 56, 40], batch: 2, measured: 842 },
    { name: '3D, batch 9', description: small, patch: [40, 56, 40], batch: 9, measured: 3375 },
    { name: '3D, larger patch', description: isotropic(4, 3), patch: [64, 128, 96], batch: 2, measured: 5634 },
    { name: '3D, two modalities', description: isotropic(4, 3, 2, 3), patch: [64, 64, 64], batch: 2, measured: 1991 },
    { name: '3D, anisotropic', description: anisotropic, patch: [8, 128, 96], batch: 2, measured: 1356 },
    { name: '2D, batch 2', description: flat, patch: [128, 128], batch: 2, measured: 914 },
    { name: '2D, batch 8', description: flat, patch: [128, 128], batch: 8, measured: 1271 },
  ])('is within 25 %% of the measured peak: $name', ({ description, patch, batch, measured }) => {
    const { total } = estimateStepMemory(description, patch, batch);
    expect(Math.abs(total / MiB / measured - 1)).toBeLessThan(0.25);
  });
});

it('keeps two maps a convolution, and the joined ones', () => {
  const { activations, weights } = estimateStepMemory(small, [8, 8, 8], 3);
  // Encoder and decoder of each resolution: 2 x 2 convolutions with norm; joined maps of twice the features; two heads and one.
  const levels = [0, 1, 2].reduce((sum, i) => sum + 10 * 32 * 2 ** i * (8 / 2 ** i) ** 3, 0);
  const heads = 3 * (8 ** 3 + 4 ** 3 + 2 ** 3);
  expect(activations).toBe(3 * 4 * (levels + 4 * 256 + heads));
  expect(weights / 3 / MiB).toBeCloseTo(21.37, 2);
});

it('refuses a patch that does not fit', () => {
  expect(() => estimateStepMemory(small, [20, 40, 42], 2)).toThrow(/multiple of 8 x 8 x 8/);
});
