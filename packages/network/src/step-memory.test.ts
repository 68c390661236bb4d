import { describe, expect, it } from 'vitest';
import { describeNetwork } from './describe-network.ts';
import type { NetworkDescription } from './network-description.ts';
import type { Optimizer } from './optimizer.ts';
import { adam } from './optimizers.ts';
import { initialiseWeights } from './parameters.ts';
import { estimatePredictionMemory, estimateStepMemory } from './step-memory.ts';

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

interface MeasuredCase {
  name: string;
  description: NetworkDescription;
  patch: number[];
  batch: number;
  optimizer?: Optimizer;
  blocked?: number;
  plain?: number;
}

describe('the estimate', () => {
  // Largest resident size of a process that took two steps and a validation batch, in MiB; x86-64 Linux, AVX-512
  // (tools/bench/step-memory.mjs).
  const hippocampus = { description: small, patch: [40, 56, 40] };
  const cases: MeasuredCase[] = [
    { name: '3D, batch 1', ...hippocampus, batch: 1, blocked: 639, plain: 624 },
    { name: '3D, batch 2', ...hippocampus, batch: 2, blocked: 926, plain: 1002 },
    { name: '3D, batch 7', ...hippocampus, batch: 7, blocked: 2332, plain: 3589 },
    { name: '3D, batch 9', ...hippocampus, batch: 9, blocked: 3985, plain: 3937 },
    { name: '3D, Adam', ...hippocampus, batch: 2, optimizer: adam, blocked: 1020, plain: 1130 },
    { name: '3D, larger', description: isotropic(4, 3), patch: [64, 128, 96], batch: 2, blocked: 6890, plain: 7886 },
    {
      name: '3D, modalities',
      description: isotropic(4, 3, 2, 3),
      patch: [64, 64, 64],
      batch: 2,
      blocked: 2330,
      plain: 2744,
    },
    { name: '3D, anisotropic', description: anisotropic, patch: [8, 128, 96], batch: 2, blocked: 1502, plain: 1465 },
    { name: '2D, batch 2', description: flat, patch: [128, 128], batch: 2, blocked: 1021, plain: 895 },
    { name: '2D, batch 8', description: flat, patch: [128, 128], batch: 8, blocked: 1441, plain: 1324 },
    { name: '2D, batch 281', description: isotropic(3, 2), patch: [56, 40], batch: 281, blocked: 3673 },
  ];
  it.each(cases)(
    'is within 25 %% of the measured peak: $name',
    ({ description, patch, batch, optimizer, ...measured }) => {
      for (const lowering of ['blocked', 'plain'] as const) {
        const peak = measured[lowering];
        if (peak === undefined) continue;
        const { total } = estimateStepMemory(description, patch, batch, { lowering, ...(optimizer && { optimizer }) });
        expect(Math.abs(total / MiB / peak - 1), lowering).toBeLessThan(0.25);
      }
    },
  );

  it('counts the weights of each session', () => {
    const total = (sessions: number) => estimateStepMemory(small, [40, 56, 40], 4, { sessions }).total / MiB;
    const weights = estimateStepMemory(small, [40, 56, 40], 4).weights / 3 / MiB;
    expect(total(3) - total(2)).toBeGreaterThan(4 * weights);
    expect(total(2)).toBeGreaterThan(total(1));
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

describe('of a tiny network', () => {
  const pools = [[2, 2]];
  const kernels = times(2, [1, 1]);
  const tiny = { ...network(pools, kernels), classes: 2, features: [2, 4], convolutionsPerStage: 1 };
  // Weights, biases and norms of the three convolutions, the up-convolution and the head.
  const bytes = 4 * (2 + 2 + 4 + (8 + 4 + 8) + 32 + (8 + 2 + 4) + 4);
  // Convolution and norm of each stage, the joined maps, convolution and norm, and the head's logits.
  const kept = 2 * 32 + 2 * 16 + 64 + 2 * 32 + 32;
  const [joined, logits] = [64, 32];

  it('counts copies of the parameters, maps on their way, and what the allocator loses', () => {
    const memory = estimateStepMemory(tiny, [4, 4], 3);
    const activations = 4 * 3 * kept;
    const passing = 4 * 3 * (4 * joined + 5 * logits);
    const { total, ...parts } = memory;
    expect(parts).toEqual({
      weights: 3 * bytes,
      momenta: 3 * bytes,
      gradients: 3 * bytes,
      activations,
      temporaries: expect.closeTo(passing + 0.3 * (activations + passing), 6),
      runtime: 130 * MiB,
    });
    expect(total).toBeCloseTo(
      Object.values(parts).reduce((a, b) => a + b),
      6,
    );
    const plain = estimateStepMemory(tiny, [4, 4], 3, { lowering: 'plain' });
    expect(plain.temporaries).toBeCloseTo(passing + 0.65 * (activations + passing), 6);
  });

  it('counts five more copies of the weights and 40 MiB for each of several sessions', () => {
    const { gradients, runtime } = estimateStepMemory(tiny, [4, 4], 3, { sessions: 2 });
    expect([gradients, runtime]).toEqual([(3 + 2 * 5) * bytes, (130 + 2 * 40) * MiB]);
  });

  it('counts three moments and the number of steps for Adam', () => {
    const { momenta } = estimateStepMemory(tiny, [4, 4], 3, { optimizer: adam });
    expect(momenta).toBe(3 * (3 * bytes + 4));
  });
});

it('refuses a patch that does not fit', () => {
  expect(() => estimateStepMemory(small, [20, 40, 42], 2)).toThrow(/multiple of 8 x 8 x 8/);
});

it('counts what a prediction holds: its weights three times, and the most values that are still to be read', () => {
  const description = { ...isotropic(1, 3), classes: 2, features: [2, 4], convolutionsPerStage: 1 };
  const parameters = [...initialiseWeights(description, 1).values()].reduce((sum, { data }) => sum + data.length, 0);
  // When they are joined: the skip and the upsampled maps, two channels of 4 x 4 x 4 each, and both together.
  const joined = (2 + 2 + 4) * 64;
  expect(estimatePredictionMemory(description, [4, 4, 4], { batchSize: 1 })).toBe(4 * (3 * parameters + joined));
  expect(estimatePredictionMemory(description, [4, 4, 4], { batchSize: 3 })).toBe(4 * (3 * parameters + 3 * joined));
});

it("counts what Winograd's convolutions take besides in a prediction", () => {
  const description = { ...isotropic(1, 3), classes: 2, features: [12, 24], convolutionsPerStage: 1 };
  const at = (patch: number[], batchSize: number) => {
    const options = { batchSize, lowering: 'winograd' } as const;
    const more = estimatePredictionMemory(description, patch, options);
    return (more - estimatePredictionMemory(description, patch, { batchSize })) / 4;
  };
  // Only the last convolution has the channels: 24 to 12. Three copies of 81 numbers for each of its weights' 27.
  const weights = 3 * 81 * 24 * 12;
  const joined = (12 + 12 + 24) * 4096;
  // Before and after a transposition: 36 products of 24 channels for 4 x 4 tiles of 16 columns.
  const values = 12 * 4096 + 24 * 4096 + 2 * 36 * 24 * 4 * 4 * 16 - joined;
  expect(at([16, 16, 16], 1)).toBe(weights + values);
  expect(at([16, 16, 16], 2)).toBe(weights + 2 * values);
  expect(at([8, 8, 8], 1)).toBe(0);
});
