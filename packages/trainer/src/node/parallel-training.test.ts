import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Parameters } from '@nnunet/network';
import { readFileBytes } from '@nnunet/tensor/node/internal';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeTrainingCheckpoint } from '../checkpoint.ts';
import { tinyFold, writeTinyTask } from './tiny-task.fixture.ts';
import { type TrainOptions, train } from './train.ts';

const built = existsSync(new URL('../../../network/dist/node/graph-worker.js', import.meta.url));
const root = temporaryFolder();

beforeAll(async () => {
  await writeTinyTask(join(root, 'preprocessed'), [0]);
});

async function checkpointOf(model: string, options: Partial<TrainOptions>) {
  const { result, foldFolder } = await train({
    ...tinyFold(root, model),
    plans: tinyPlans([8, 8]),
    configuration: '2d',
    trainer: 'nnUNetTrainerV2_DP',
    settings: { epochs: 2, iterationsPerEpoch: 3, batchSize: 5, initialLearningRate: 0.005 },
    workers: 0,
    ...options,
  });
  const file = join(foldFolder, `model_${result === 'finished' ? 'final_checkpoint' : 'latest'}.safetensors`);
  return { foldFolder, ...decodeTrainingCheckpoint(await readFileBytes(file), file) };
}

function greatestDifference(a: Parameters, b: Parameters): number {
  let worst = 0;
  for (const [name, { data }] of a) {
    data.forEach((v, i) => {
      worst = Math.max(worst, Math.abs(v - b.get(name)!.data[i]!));
    });
  }
  return worst;
}

describe.skipIf(!built)('a training in several sessions (skipped before the first build)', () => {
  it.each([2, 3])('is that of one: %i', async (sessions) => {
    const [one, many] = [
      await checkpointOf('one', {}),
      await checkpointOf(`with-${sessions}`, { compute: { sessions } }),
    ];
    for (const key of ['trainLosses', 'validationLosses'] as const) {
      for (const [i, loss] of many.state.log[key].entries()) expect(loss).toBeCloseTo(one.state.log[key][i]!, 4);
    }
    expect(greatestDifference(many.weights, one.weights)).toBeLessThan(1e-4);
    const log = (await readdir(many.foldFolder)).find((name) => name.endsWith('.txt'))!;
    const text = await readFile(join(many.foldFolder, log), 'utf8');
    expect(text).toContain(`${sessions} sessions share each batch of 5`);
    expect(text).toMatch(
      /a step of batch 5 needs about \d+ MB of memory \(including \d+ [kM]B to load batches\); [\d.]+ [MG]B are free/,
    );
  });

  it('goes on as if it had not been stopped', async () => {
    const whole = await checkpointOf('whole', { compute: { sessions: 2 } });
    const stop = new AbortController();
    const stopped = await checkpointOf('broken', {
      compute: { sessions: 2 },
      signal: stop.signal,
      onProgress: ({ epoch, iteration }) => {
        if (epoch === 2 && iteration === 1) stop.abort();
      },
    });
    expect(stopped.state).toMatchObject({ epoch: 1, finished: false });
    const resumed = await checkpointOf('broken', { compute: { sessions: 2 }, continueTraining: true, settings: {} });
    expect(resumed.weights).toEqual(whole.weights);
    expect(resumed.momenta).toEqual(whole.momenta);
  });
});
