import { initialiseWeights, type NetworkDescription } from '@nnunet/network';
import { PredictionSession } from '@nnunet/network/node';
import { afterEach, expect, it, vi } from 'vitest';
import type { WeightMap } from '../checkpoint-format.ts';
import { RulesV1 } from '../rules-v1.ts';
import { nodeEnsemble } from './node-ensemble.ts';
import { description } from './noise-task.fixture.ts';

const released = vi.spyOn(PredictionSession.prototype, 'dispose');
afterEach(() => void released.mockClear());

const good = (network: NetworkDescription): WeightMap => initialiseWeights(network, 1) as WeightMap;
/** The rules of a model with patches of another size. */
function rulesOfPatch(patch_size: number[]): RulesV1 {
  const { plans } = description;
  const stage = { ...plans.plans_per_stage[0]!, patch_size };
  return new RulesV1({ ...description, plans: { ...plans, plans_per_stage: { 0: stage } } });
}
const image = { data: new Float32Array(8 ** 3).fill(1), shape: [1, 8, 8, 8] };

it('lets go of the other folds where one cannot be loaded, and loads it when it is right', async () => {
  const { network } = description;
  const bad = good(network);
  const [name, tensor] = [...bad][0]!;
  bad.delete(name);
  const members = [good(network), bad, good(network)];
  const ensemble = nodeEnsemble(new RulesV1(description), members, { compute: { threads: 1 } });
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
  const ensemble = nodeEnsemble(new RulesV1(description), [good(network), good(network)], {
    compute: { threads: 1 },
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

it('gives the network as many small patches at once as 10000 voxels hold, up to four, or as many as asked for', async () => {
  const create = vi.spyOn(PredictionSession, 'create').mockRejectedValue(new Error('not here'));
  const batchSize = async (patchSize: number[], options = {}) => {
    const ensemble = nodeEnsemble(rulesOfPatch(patchSize), [new Map()], options);
    await expect(ensemble.warmUp()).rejects.toThrow('not here');
    return create.mock.lastCall![0].batchSize;
  };
  const sizes = [[50, 40], [50, 50], [50, 51], [50, 66], [50, 67], [100, 50], [100, 51], [100, 100], [100, 101], [8, 8, 8]]; // biome-ignore format: a list
  const chosen: (number | undefined)[] = [];
  for (const size of sizes) chosen.push(await batchSize(size));
  expect(chosen).toEqual([4, 4, 3, 3, 2, 2, 1, 1, 1, 4]);
  expect(await batchSize([8, 8, 8], { batchSize: 7 })).toBe(7);
  const compute = { lowering: 'plain', device: 'cuda', threads: 3 };
  await batchSize([8, 8, 8], { compute });
  expect(create.mock.lastCall![0]).toMatchObject({
    ...compute,
    nonlinearity: 'softmax',
    patchSize: [8, 8, 8],
  });
  vi.restoreAllMocks();
});

it('mirrors along what the model allows and what is wanted', () => {
  const ensemble = nodeEnsemble(new RulesV1(description), [new Map(), new Map()]);
  const shape = [1, 9, 10, 11];
  const plain = { imageSize: [9, 10, 11], patchSize: [8, 8, 8], stepSize: 0.5, mirrorAxes: [0, 2] };
  expect(ensemble.placement(shape, {})).toEqual(plain);
  expect(ensemble.placement(shape, { mirrorAxes: [1, 2], stepSize: 0.7 })).toEqual({
    ...plain,
    stepSize: 0.7,
    mirrorAxes: [2],
  });
  expect(ensemble.placement(shape, { mirroring: false, mirrorAxes: [2] }).mirrorAxes).toEqual([]);
  expect([ensemble.folds, ensemble.mirrorAxes]).toEqual([2, [0, 2]]);
});

it('counts sums in float32 of each class and their weights and means, over a row of tiles, for each fold', () => {
  const bytes = (patchSize: number[], shape: number[]) =>
    nodeEnsemble(rulesOfPatch(patchSize), [new Map(), new Map()]).sumBytes(shape);
  // 3 classes: 3 sums, 3 means, one weight
  expect(bytes([8, 8, 8], [1, 9, 10, 11])).toBe(2 * 4 * 8 * 110 * 7);
  expect(bytes([8, 8, 8], [1, 5, 10, 11])).toBe(2 * 4 * 5 * 110 * 7);
  expect(bytes([8, 8], [1, 9, 10, 11])).toBe(2 * 4 * 110 * 7);
});

it('averages folds, plane by plane, and counts the evaluations of all of them', async () => {
  const values = [0.5, 0.25, 0];
  vi.spyOn(PredictionSession, 'create').mockImplementation(async () => {
    const value = values.shift()!;
    const predict = async (_: Float32Array, count: number) => new Float32Array(count * 3 * 512).fill(value);
    return { predict, dispose: async () => undefined } as never;
  });
  const ensemble = nodeEnsemble(new RulesV1(description), [new Map(), new Map(), new Map()], { batchSize: 3 });
  const long = { data: new Float32Array(20 * 64), shape: [1, 20, 8, 8] };
  const told: string[] = [];
  const onProgress = ({ done, total }: { done: number; total: number }) => void told.push(`${done}/${total}`);
  const { data } = await ensemble.predict(long, { mirroring: false, onProgress });
  expect(data.every((p) => p === 0.25)).toBe(true);
  // Four tiles of each fold, in batches of three.
  expect(told.at(-1)).toBe('12/12');
  expect(told).toHaveLength(6);
  told.length = 0;
  await ensemble.predict(long, { mirroring: false, onProgress, keepTile: ({ start }) => start[0] < 5 });
  expect(told).toEqual(['2/6', '4/6', '6/6']);
  const stopped = ensemble.predict(long, { signal: AbortSignal.abort() });
  await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
  await ensemble.dispose();
  vi.restoreAllMocks();
});
