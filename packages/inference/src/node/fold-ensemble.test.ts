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
