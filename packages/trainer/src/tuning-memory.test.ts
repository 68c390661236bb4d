import { estimateStepMemory } from '@nnunet/network';
import { tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { nnUNetTrainerV2 } from './default-trainer-v1.ts';
import { fittingBatch } from './tuning-memory.ts';

const plans = tinyPlans([64, 64]);
const trainer = new nnUNetTrainerV2({ plans, configuration: '2d', stage: 0, batchDice: true });
const rules = { channels: 1, keepsMask: true, copiesChannels: false, description: trainer.describeModel() };
const grid = { transposeForward: [0, 1, 2], spacing: [1, 1] };
const model = { rules: { ...rules, grid, originalOf: () => null, planLabels: () => ({ bytes: 0 }) } as never };
const image = (shape: [number, number, number]) => ({
  shape,
  spacing: [1, 1, 1] as const,
  origin: [0, 0, 0] as const,
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
});
const refusal = (images: ReturnType<typeof image>[], batchSize: number, maxMemory: number) => {
  try {
    expect(fittingBatch(model, trainer, { images, batchSize, exactly: true, maxMemory })).toBe(batchSize);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
};

it('counts all prepared cases, and the steps or the preparation of the largest', () => {
  const steps = (batch: number) => estimateStepMemory(trainer.network(), [64, 64], batch, { lowering: 'plain' }).total;
  // Four bytes for the image and four for the labels of 1000 voxels, twice; 100 MiB for the page.
  const needed = 100 * 2 ** 20 + 2 * 8000 + steps(4);
  const small = [image([10, 10, 10]), image([10, 10, 10])];
  // Loading takes a few megabytes more.
  expect(refusal(small, 4, needed + 8e6)).toBeNull();
  expect(refusal(small, 4, needed)).toMatch(
    /^fine-tuning with batches of 4 needs about \d+ MB \(16 kB of them for 2 prepared cases\), but \d+ MB are allowed\n {2}`batchSize` 3 fits, or give fewer cases\.$/,
  );
  expect(fittingBatch(model, trainer, { images: small, batchSize: 4, exactly: false, maxMemory: needed })).toBe(3);
  expect(refusal(small, 4, 1e8)).toMatch(/Give fewer or smaller cases, use a model with a smaller patch/);
  // Of 64 million voxels, at least the file's values and the prepared ones are in memory at once.
  expect(refusal([image([400, 400, 400])], 1, 64e6 * 16)).toMatch(/\(512 MB of them for 1 prepared case\)/);
});
