import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readNetworkCase } from '../../test/goldens.ts';
import type { TrainingSessionOptions } from '../training-session-options.ts';
import { ParallelTrainingSession } from './parallel-session.ts';
import { PredictionSession } from './prediction-session.ts';
import { TrainingSession } from './training-session.ts';

const built = existsSync(new URL('../../dist/node/graph-worker.js', import.meta.url));
const gone = 'this session has been disposed of';

it.each([['one', 1], ...(built ? [['two', 2] as const] : [])] as const)(
  'a training of %s session(s) that was disposed of does not pass off its first weights as the last',
  async (_, sessions) => {
    const { description, input, targets, weights } = await readNetworkCase('2d');
    const [batchSize, , ...patchSize] = input.shape;
    const options: TrainingSessionOptions = { description, patchSize, batchSize, weights, threads: 1 };
    const session =
      sessions === 1
        ? await TrainingSession.create(options)
        : await ParallelTrainingSession.create({ ...options, sessions });
    const batch = { data: input.data, targets: targets.map((t) => t.data) };
    await session.step(batch, 0.01);
    await session.evaluate(batch);
    await session.weights();
    await session.dispose();
    await session.dispose();
    await expect(session.weights()).rejects.toThrow(gone);
    await expect(session.momenta()).rejects.toThrow(gone);
    await expect(session.step(batch, 0.01)).rejects.toThrow(gone);
    await expect(session.evaluate(batch)).rejects.toThrow(gone);
    expect(() => session.load({ weights })).toThrow(gone);
  },
);

it('a prediction that was disposed of says so', async () => {
  const { description, input, weights } = await readNetworkCase('2d');
  const [, , ...patchSize] = input.shape;
  const session = await PredictionSession.create({ description, weights, patchSize });
  await session.dispose();
  await session.dispose();
  await expect(session.predict(input.data, input.shape[0])).rejects.toThrow(gone);
});
