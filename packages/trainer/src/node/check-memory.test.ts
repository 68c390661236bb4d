import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { bytesInWords } from '@nnunet/errors/internal';
import { estimateStepMemory } from '@nnunet/network';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { expect, it, vi } from 'vitest';
import { createTrainer } from '../create-trainer.ts';
import { loaderMemory } from '../loader-memory.ts';
import { checkMemory, type MemoryNeeds } from './check-memory.ts';

vi.mock('@nnunet/threads/node/internal', async (original) => ({
  ...(await original<typeof import('@nnunet/threads/node/internal')>()),
  heldMemory: () => 3e9,
  freeMemory: () => 17.5e9,
}));
vi.mock('@nnunet/network/node/internal', async (original) => ({
  ...(await original<typeof import('@nnunet/network/node/internal')>()),
  chooseLowering: async () => ({ name: 'blocked', block: 8, reason: '' }),
}));

const noCases: MemoryNeeds['data'] = {
  training: { kind: 'arrays', cases: [] },
  validation: { kind: 'arrays', cases: [] },
};

/** A trainer of a network whose step takes some GB. */
function needs(batchSize: number, maxMemory?: number, identifier = 'nnUNetData_plans_v2.1'): MemoryNeeds {
  const plans = { ...tinyPlans([64, 96, 96]), base_num_features: 32, data_identifier: identifier };
  const trainer = createTrainer({ plans, configuration: '3d_fullres', trainer: 'nnUNetTrainerV2' });
  return {
    trainer,
    batchSize,
    compute: { lowering: 'plain' },
    data: noCases,
    workers: 1,
    ...(maxMemory === undefined ? {} : { maxMemory }),
  };
}

async function refusal(given: MemoryNeeds): Promise<string> {
  const error: unknown = await checkMemory(given).catch((e: unknown) => e);
  expect(isNnUNetError(error, 'memory-limit')).toBe(true);
  return (error as Error).message;
}

it('says what a step takes where it fits', async () => {
  expect((await checkMemory(needs(1))).line).toMatch(
    /^a step of batch 1 needs about \d\.\d GB of memory \(including \d+ MB to load batches\); 20\.5 GB are free$/,
  );
  expect((await checkMemory(needs(7, 200e9))).line).toMatch(
    /batch 7 needs about \d+\.\d GB of memory \(including \d+ MB to load batches\); 200\.0 GB are allowed$/,
  );
});

/** Bytes that a training needs in memory: a step, the loading of its batches, and what is done between steps. */
function needed({ trainer, workers = 1, compute: { sessions, lowering } = {} }: MemoryNeeds, batch: number): number {
  const { total } = estimateStepMemory(trainer.network(), trainer.patchSize, batch, {
    lowering: lowering === 'plain' ? 'plain' : 'blocked',
    optimizer: trainer.optimizer(),
    sessions: Math.min(sessions ?? 1, batch),
  });
  return total + loaderMemory(trainer.recipe(batch), 1, workers) + 50 * 2 ** 20;
}

it('names the largest batch that fits, to the byte', async () => {
  for (const more of [{}, { workers: 3 }, { compute: { lowering: 'plain' as const, sessions: 3 } }, { compute: {} }]) {
    const given = { ...needs(4), ...more };
    const limits = [1, 2, 3, 4].map((batch) => needed(given, batch));
    for (const batch of [1, 2, 3]) {
      const text = await refusal({ ...given, maxMemory: limits[batch - 1]! });
      expect(text).toContain(`a step of batch 4 needs about ${bytesInWords(limits[3]!)} of memory`);
      expect(text).toContain(`\`batchSize\` ${batch} fits (${bytesInWords(limits[batch - 1]!)})`);
    }
    expect(await refusal({ ...given, maxMemory: limits[0]! - 1 })).toContain(
      `A batch of 1 does not fit either (${bytesInWords(limits[0]!)})`,
    );
    await checkMemory({ ...given, maxMemory: limits[3]! });
    await refusal({ ...given, maxMemory: limits[3]! - 1 });
  }
});

it.each([
  // Of 8 GB that plans are for, if they do not say otherwise, down to a whole number, a tenth or a hundredth.
  ['', 0.42, '3'],
  ['', 0.33, '2'],
  ['', 0.24, '1.9'],
  ['', 0.1, '0.8'],
  ['', 0.0145, '0.1'],
  ['', 0.012, '0.09'],
  ['', 0.0001, '0.01'],
  ['_gpu24GB', 0.33, '7'],
  ['_gpu2.5GB', 0.6, '1.5'],
])('of plans%s names a target for %d of the memory: %s', async (suffix, share, target) => {
  const given = needs(2, undefined, `nnUNetData_plans_v2.1${suffix}`);
  const text = await refusal({ ...given, maxMemory: share * needed(given, 2) });
  expect(text).toMatch(new RegExp(`plan again with \`gpuMemoryTarget\` ${target.replace('.', '\\.')}\\.$`));
});

it('names the largest batch that fits, and a target to plan for', async () => {
  const text = await refusal(needs(7, 4e9));
  const [, needed, batch, fits, target] =
    /^a step of batch 7 needs about (\d+\.\d) GB of memory \(including \d+ MB to load batches\); 4\.0 GB are allowed\n {2}`batchSize` (\d) fits \((\d\.\d) GB\), or plan again with `gpuMemoryTarget` (\S+)\.$/.exec(
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
  expect(text).toMatch(/A batch of 1 does not fit either \(\d\.\d GB\): plan again with `gpuMemoryTarget` \d\.\d\.$/);
});

it('names a smaller target than the present one where that is small', async () => {
  const text = await refusal(needs(2, 1e9, 'nnUNetData_plans_v2.1_gpu0.1GB'));
  const target = Number(/`gpuMemoryTarget` (\S+)\.$/.exec(text)![1]);
  expect(target).toBeGreaterThan(0);
  expect(target).toBeLessThan(0.1);
});

it('counts the weights of each session', async () => {
  const line = async (sessions: number) =>
    (await checkMemory({ ...needs(4, 100e9), compute: { sessions } })).line.match(/about (\S+)/)![1];
  expect(Number(await line(4))).toBeGreaterThan(Number(await line(1)));
});

it('divides a step among GPUs, and refuses nothing there', async () => {
  const size = (line: string) => Number(line.match(/about (\S+)/)![1]);
  const { line: one } = await checkMemory({ ...needs(4, 1e9), compute: { device: 'cuda' } });
  const { line: two } = await checkMemory({ ...needs(4, 1e9), compute: { device: 'cuda', sessions: 2 } });
  expect(one).toMatch(/^a step of batch 4 needs about .* of the memory of cuda$/);
  expect(two).toMatch(/^a step of batch 4 needs about .* of the memory of each of 2 GPUs$/);
  expect(size(two)).toBeLessThan(0.7 * size(one));
  // Of five samples a GPU gets three, with standard operators whatever was asked for.
  const { trainer } = needs(5);
  const options = { lowering: 'plain' as const, optimizer: trainer.optimizer() };
  const three = estimateStepMemory(trainer.network(), trainer.patchSize, 3, options).total;
  const { line } = await checkMemory({ ...needs(5), compute: { device: 'cuda', sessions: 2, lowering: 'blocked' } });
  expect(line).toContain(`about ${bytesInWords(three)} of the memory`);
});

/** Bytes that a step of batch 1 and the loading of its batches need: the least that is not refused. */
async function leastFor(given: MemoryNeeds): Promise<number> {
  let [low, high] = [0, 20e9];
  while (high - low > 1e4) {
    const middle = (low + high) / 2;
    const fits = await checkMemory({ ...given, maxMemory: middle }).then(
      () => true,
      () => false,
    );
    if (fits) high = middle;
    else low = middle;
  }
  return high;
}

it('counts the threads that load batches and the batches that wait', async () => {
  const [one, four] = [await leastFor(needs(1)), await leastFor({ ...needs(1), workers: 4 })];
  const trainer = needs(1).trainer;
  const more = loaderMemory(trainer.recipe(1), 1, 4) - loaderMemory(trainer.recipe(1), 1, 1);
  expect(more).toBeGreaterThan(50e6);
  expect(Math.abs(four - one - more)).toBeLessThan(1e5);
});

it('leaves room for what is done between the steps', async () => {
  const { trainer } = needs(1);
  const step = estimateStepMemory(trainer.network(), trainer.patchSize, 1, {
    lowering: 'plain',
    optimizer: trainer.optimizer(),
  });
  const beside = (await leastFor(needs(1))) - step.total - loaderMemory(trainer.recipe(1), 1, 1);
  // Of a step that was to take 443 MB and its loaders 71, training took 568 MB in the sixth epoch: 54 more, cases included.
  expect(beside).toBeGreaterThan(50e6);
  expect(beside).toBeLessThan(60e6);
});

it('keeps cases in what is left, and all of them where there is room', async () => {
  const folder = temporaryFolder();
  for (const [id, bytes] of Object.entries({ a: 3e6, b: 1e6, c: 2e6 })) {
    writeFileSync(join(folder, `${id}.npy`), new Uint8Array(bytes));
  }
  const source = (...caseIds: string[]) => ({ kind: 'prepared' as const, folder, caseIds });
  const given = { ...needs(1), data: { training: source('a', 'b'), validation: source('c') } };
  const least = await leastFor(given);
  const caches = async (maxMemory: number) => {
    const { training, validation } = (await checkMemory({ ...given, maxMemory })).data;
    return [training, validation].map((s) => (s.kind === 'prepared' ? s.cacheBytes! : Number.NaN));
  };
  // Four megabytes want to be kept for training and two for validation: four fifths of what is left are
  // half of the six, and each gets half.
  const [training, validation] = await caches(least + 3.75e6);
  expect(Math.abs(training! - 2e6)).toBeLessThan(2e4);
  expect(Math.abs(validation! - 1e6)).toBeLessThan(2e4);
  expect(await caches(least + 7.6e6)).toEqual([2 ** 30, 2 ** 30]);
  // On a GPU the step takes nothing of it.
  const loading = loaderMemory(given.trainer.recipe(1), 1, 1);
  const onGpu = (await checkMemory({ ...given, compute: { device: 'cuda' }, maxMemory: loading + 3.75e6 })).data;
  expect(onGpu).toMatchObject({ training: { cacheBytes: 2e6 }, validation: { cacheBytes: 1e6 } });
  // Cases that are packed are taken to be large.
  const packed = {
    ...given,
    data: { training: source('a'), validation: source('packed') },
    maxMemory: least + 2 ** 29,
  };
  const { validation: large } = (await checkMemory(packed)).data;
  expect(large).toMatchObject({ caseIds: ['packed'] });
  expect((large as { cacheBytes: number }).cacheBytes).toBeGreaterThan(0.36 * 2 ** 30);
  expect((large as { cacheBytes: number }).cacheBytes).toBeLessThan(0.4 * 2 ** 30);
});
