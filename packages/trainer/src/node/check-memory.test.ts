import { isNnUNetError } from '@nnunet/errors';
import { tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { createTrainer } from '../create-trainer.ts';
import { checkMemory, type MemoryNeeds } from './check-memory.ts';

/** A trainer of a network whose step takes some GB. */
function needs(batchSize: number, maxMemory?: number, identifier = 'nnUNetData_plans_v2.1'): MemoryNeeds {
  const plans = { ...tinyPlans([64, 96, 96]), base_num_features: 32, data_identifier: identifier };
  const trainer = createTrainer({ plans, configuration: '3d_fullres', trainer: 'nnUNetTrainerV2' });
  return { trainer, batchSize, lowering: 'plain', ...(maxMemory === undefined ? {} : { maxMemory }) };
}

async function refusal(given: MemoryNeeds): Promise<string> {
  const error: unknown = await checkMemory(given).catch((e: unknown) => e);
  expect(isNnUNetError(error, 'memory-limit')).toBe(true);
  return (error as Error).message;
}

it('says what a step takes where it fits', async () => {
  expect(await checkMemory(needs(1))).toMatch(
    /^a step of batch 1 takes about \d\.\d GB of memory, \d+\.\d GB are free$/,
  );
  expect(await checkMemory(needs(7, 200e9))).toMatch(
    /batch 7 takes about \d+\.\d GB of memory, 200\.0 GB are allowed$/,
  );
});

it('names the largest batch that fits, and a target to plan for', async () => {
  const text = await refusal(needs(7, 4e9));
  const [, needed, batch, fits, target] =
    /^a step of batch 7 needs about (\d+\.\d) GB of memory, 4\.0 GB are allowed\n {2}--batch_size (\d) fits \((\d\.\d) GB\), or plan again with --gpu_memory_target (\S+)\.$/.exec(
      text,
    )!;
  expect(Number(needed)).toBeGreaterThan(4);
  expect(Number(fits)).toBeLessThanOrEqual(4);
  // The needs are rounded to 0.1 GB.
  expect(Math.abs(Number(target) - (8 * 4) / Number(needed))).toBeLessThan(1);
  // What it names is taken, and one more is not.
  await checkMemory(needs(Number(batch), 4e9));
  await refusal(needs(Number(batch) + 1, 4e9));
});

it('says where not even one sample fits, and knows plans for another memory', async () => {
  const text = await refusal(needs(2, 0.2e9, 'nnUNetData_plans_v2.1_gpu4GB'));
  expect(text).toMatch(/A batch of 1 does not fit either \(\d\.\d GB\): plan again with --gpu_memory_target \d\.\d\.$/);
});

it('counts the weights of each session', async () => {
  const line = async (sessions: number) =>
    (await checkMemory({ ...needs(4, 100e9), sessions })).match(/about (\S+)/)![1];
  expect(Number(await line(4))).toBeGreaterThan(Number(await line(1)));
});

it('divides a step among GPUs, and refuses nothing there', async () => {
  const size = (line: string) => Number(line.match(/about (\S+)/)![1]);
  const one = await checkMemory({ ...needs(4, 1e9), device: 'cuda' });
  const two = await checkMemory({ ...needs(4, 1e9), device: 'cuda', sessions: 2 });
  expect(one).toMatch(/^a step of batch 4 takes about .* of the memory of cuda$/);
  expect(two).toMatch(/^a step of batch 4 takes about .* of the memory of each of 2 GPUs$/);
  expect(size(two)).toBeLessThan(0.7 * size(one));
});
