import { initialiseWeights, type NetworkDescription } from '@nnunet/network';
import { PredictionSession } from '@nnunet/network/node';
import { afterEach, expect, it, vi } from 'vitest';
import type { WeightMap } from '../checkpoint-format.ts';
import { tilingRules } from '../tiling-rules.ts';
import { FoldEnsemble } from './fold-ensemble.ts';
import { description } from './noise-task.fixture.ts';

const released = vi.spyOn(PredictionSession.prototype, 'dispose');
afterEach(() => void released.mockClear());

const good = (network: NetworkDescription): WeightMap => initialiseWeights(network, 1) as WeightMap;
const image = { data: new Float32Array(8 ** 3).fill(1), shape: [1, 8, 8, 8] };

it('lets go of the other folds where one cannot be loaded, and loads it when it is right', async () => {
  const { network } = description;
  const bad = good(network);
  const [name, tensor] = [...bad][0]!;
  bad.delete(name);
  const members = [good(network), bad, good(network)];
  const ensemble = new FoldEnsemble(tilingRules(description), members, { threads: 1 });
  await expect(ensemble.predict(image)).rejects.toMatchObject({ tag: 'bad-weights' });
  expect(released).toHaveBeenCalledTimes(1);
  await expect(ensemble.warmUp(1)).rejects.toMatchObject({ tag: 'bad-weights' });
  expect(released).toHaveBeenCalledTimes(2);
  bad.set(name, tensor);
  const { shape } = await ensemble.predict(image);
  expect(shape).toEqual([3, 8, 8, 8]);
  await ensemble.dispose();
  expect(released).toHaveBeenCalledTimes(5);
});

it('times the runs of a warm session, of all folds together, for one patch', async () => {
  const { network } = description;
  let seconds = 0;
  let runs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => 1000 * seconds);
  // The first run of each session takes a minute, the others 0.3 s.
  vi.spyOn(PredictionSession.prototype, 'predict').mockImplementation(async (patches, count) => {
    seconds += runs++ % 3 === 0 ? 60 : 0.3;
    expect([patches.length, count]).toEqual([2 * 8 ** 3, 2]);
    return new Float32Array(0);
  });
  const ensemble = new FoldEnsemble(tilingRules(description), [good(network), good(network)], {
    threads: 1,
    batchSize: 2,
  });
  // Two timed runs are more than 0.4 s; a patch is half a batch, in each of two folds.
  expect(await ensemble.warmUp()).toBeCloseTo(0.3, 12);
  expect(runs).toBe(6);
  // Of 100 evaluations one run is a hundredth, and enough.
  runs = 1;
  expect(await ensemble.warmUp(100)).toBeCloseTo(0.3, 12);
  expect(runs).toBe(5);
  await ensemble.dispose();
  vi.restoreAllMocks();
});
