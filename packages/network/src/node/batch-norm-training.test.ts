import { sizeOf } from '@nnunet/tensor';
import { expect, it } from 'vitest';
import { readVariant } from '../../test/variants.ts';
import { outputShapes } from '../network-description.ts';
import { PredictionSession } from './prediction-session.ts';
import { TrainingSession } from './training-session.ts';

it.each(['batch_2d', 'residual_batch_3d'])(
  'trains with batch norms, and evaluates with what they have seen: %s',
  async (name) => {
    const { description, weights, input: data, size } = await readVariant(name);
    const targets = outputShapes(description, size, 2).map(([samples, , ...shape]) =>
      Uint8Array.from({ length: samples * sizeOf(shape) }, (_, i) => Math.floor(i / 5) % 3),
    );
    const options = { description, patchSize: size, batchSize: 2, batchDice: true, lowering: 'plain' } as const;
    const session = await TrainingSession.create({ ...options, weights });
    const batch = { data, targets };
    const before = await session.evaluate(batch);
    // With rate 0 only the running statistics move, towards those of this batch.
    let loss = 0;
    for (let i = 0; i < 60; i++) loss = (await session.step(batch, 0)).loss;
    const seen = await session.evaluate(batch);
    expect(Math.abs(seen.loss - loss)).toBeLessThan(0.2 * Math.abs(before.loss - loss));
    const after = await session.weights();
    for (const [key, { data: values }] of after) {
      const same = values.every((v, i) => v === weights.get(key)!.data[i]);
      expect(same, key).toBe(!/running_(mean|var)$/.test(key));
    }
    expect([...(await session.momenta()).keys()].some((key) => key.includes('running'))).toBe(false);

    const resumed = await TrainingSession.create({ ...options, weights: after, momenta: await session.momenta() });
    expect(await resumed.step(batch, 0.01)).toEqual(await session.step(batch, 0.01));
    expect(await resumed.weights()).toEqual(await session.weights());
    const prediction = await PredictionSession.create({
      description,
      weights: after,
      patchSize: size,
      lowering: 'plain',
    });
    const softmax = await prediction.predict(data, 2);
    expect(softmax.every((v) => v >= 0 && v <= 1)).toBe(true);
    await Promise.all([session.dispose(), resumed.dispose(), prediction.dispose()]);
  },
);
