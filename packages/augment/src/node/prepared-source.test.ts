import { join } from 'node:path';
import { counterRandom } from '@nnunet/tensor';
import { writeNpzFile } from '@nnunet/tensor/node';
import { openFiles, temporaryFolder } from '@nnunet/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arraySource } from '../patch-source.ts';
import { recipeV1 } from '../recipe-v1.ts';
import { sampleBatch } from '../sample-batch.ts';
import { startBatchLoader } from './batch-loader.ts';
import { writeCase } from './prepared-folder.fixture.ts';
import { openPreparedSource } from './prepared-source.ts';

const shape = [14, 18, 16] as const;
const size = 14 * 18 * 16;
const ids = ['one', 'two', 'three', 'four', 'five', 'six'];
const folder = temporaryFolder();
afterAll(() => expect(openFiles(folder)).toEqual([]));
const cases = ids.map((id) => {
  const data = counterRandom(id).fillNormal(new Float32Array(2 * size));
  const seg = Float32Array.from({ length: size }, (_, i) => (i % 16 === 0 ? -1 : i > 3000 && i % 7 === 0 ? 1 : 0));
  const previous = Uint8Array.from({ length: size }, (_, i) => (i % 5 === 0 ? 1 : 0));
  const voxels = [3001, 3010, 3500].flatMap((i) => [Math.floor(i / 288), Math.floor(i / 16) % 18, i % 16]);
  return { id, shape, data, seg, previous, classLocations: new Map([[1, Int32Array.from(voxels)]]) };
});

beforeAll(async () => {
  for (const { id, data, seg, previous, classLocations } of cases) {
    const all = new Float32Array(3 * size);
    all.set(data);
    all.set(seg, 2 * size);
    await writeCase(folder, id, all, [3, ...shape], { 1: classLocations.get(1)! });
    if (id !== 'six')
      await writeNpzFile(join(folder, `${id}_segFromPrevStage.npz`), { data: { data: previous, shape } });
  }
});

const recipe = recipeV1({ patchSize: [8, 10, 8], batchSize: 5 });

describe('prepared cases on disk', () => {
  it('tell labels from regions and from what is annotated', async () => {
    const own = temporaryFolder();
    const locations = { '1,2': Int32Array.of(1, 2, 3), 2: Int32Array.of(4, 5, 6), '-1,0,1,2': Int32Array.of(7, 8, 9) };
    await writeCase(own, 'a', new Float32Array(3 * size), [3, ...shape], locations);
    const source = await openPreparedSource({ folder: own, caseIds: ['a'] });
    const keys = [...(await source.classLocations(0)).keys()];
    await source.close();
    expect(new Set(keys)).toEqual(new Set([2, '1,2', '-1,0,1,2']));
  });

  it.each([
    ['kept in memory', 2 ** 30],
    ['read by position', 0],
    ['of which some fit into memory', 2.5 * 3 * size * 4],
  ])('%s give the batches of the same cases in memory', async (_, cacheBytes) => {
    const expected = arraySource(cases.map(({ previous, ...rest }) => rest));
    const source = await openPreparedSource({ folder, caseIds: ids, cacheBytes });
    expect(source.channels).toBe(2);
    for (let iteration = 0; iteration < 3; iteration++) {
      const key = { seed: 1, epoch: 0, iteration };
      expect(await sampleBatch(source, recipe, key)).toEqual(await sampleBatch(expected, recipe, key));
    }
    await source.close();
  });

  it('brings the labels of the previous stage', async () => {
    const cascade = recipeV1({ patchSize: [8, 10, 8], batchSize: 5, cascadeClasses: [1] });
    const caseIds = ids.slice(0, 5);
    const source = await openPreparedSource({ folder, caseIds, previousStageFolder: folder });
    const key = { seed: 3, epoch: 0, iteration: 0 };
    expect(await sampleBatch(source, cascade, key)).toEqual(
      await sampleBatch(arraySource(cases.slice(0, 5)), cascade, key),
    );
    await source.close();
  });

  it('says what is missing', async () => {
    await expect(openPreparedSource({ folder, caseIds: ['seven'] })).rejects.toMatchObject({ tag: 'missing-file' });
    await expect(openPreparedSource({ folder, caseIds: [] })).rejects.toMatchObject({ tag: 'usage' });
    const cascade = recipeV1({ patchSize: [8, 10, 8], batchSize: 1, cascadeClasses: [1] });
    const source = await openPreparedSource({ folder, caseIds: ['six'], previousStageFolder: folder });
    await expect(sampleBatch(source, cascade, { seed: 3, epoch: 0, iteration: 0 })).rejects.toMatchObject({
      tag: 'no-previous-stage',
      where: 'case six',
    });
    await source.close();
  });
});

describe('the batch loader', () => {
  const options = {
    source: { kind: 'prepared' as const, folder: '', caseIds: ids },
    recipe,
    seed: 1,
    iterationsPerEpoch: 3,
    endEpoch: 2,
  };
  const allBatches = async (workers: number, more = {}) => {
    const loader = startBatchLoader({ ...options, source: { ...options.source, folder }, workers, ...more });
    const batches = [];
    for (let batch = await loader.next(); batch; batch = await loader.next()) batches.push(batch);
    expect(loader.waitedMs).toBeGreaterThan(0);
    await loader.close();
    return batches;
  };

  it('makes the same batches in 0, 1, 2 and 4 threads', async () => {
    const direct = await allBatches(0);
    expect(direct.length).toBe(6);
    const source = await openPreparedSource({ folder, caseIds: ids });
    expect(direct[4]).toEqual(await sampleBatch(source, recipe, { seed: 1, epoch: 1, iteration: 1 }));
    await source.close();
    for (const workers of [1, 2, 4]) expect(await allBatches(workers)).toEqual(direct);
    expect(await allBatches(2, { startEpoch: 1, startIteration: 1, ahead: 1 })).toEqual(direct.slice(4));
  });

  it('makes validation batches', async () => {
    const direct = await allBatches(0, { validation: true });
    expect(await allBatches(1, { validation: true })).toEqual(direct);
    expect(direct[0]!.data).not.toEqual((await allBatches(0))[0]!.data);
  });

  it('answers several calls in order', async () => {
    const loader = startBatchLoader({ ...options, source: { ...options.source, folder }, workers: 2 });
    const batches = await Promise.all([loader.next(), loader.next(), loader.next()]);
    expect(batches).toEqual((await allBatches(0)).slice(0, 3));
    await loader.close();
  });

  it.each([0, 1])('names a case that cannot be used, with %i threads', async (workers) => {
    const cascade = recipeV1({ patchSize: [8, 10, 8], batchSize: 1, cascadeClasses: [1] });
    const source = { ...options.source, folder, caseIds: ['six'], previousStageFolder: folder };
    const loader = startBatchLoader({ ...options, source, recipe: cascade, workers });
    await expect(loader.next()).rejects.toMatchObject({ tag: 'no-previous-stage', where: 'case six' });
    await loader.close();
  });

  it.each([0, 1])('says that a source cannot be opened, with %i threads', async (workers) => {
    const source = { ...options.source, folder: join(folder, 'nowhere') };
    const loader = startBatchLoader({ ...options, source, workers });
    await expect(loader.next()).rejects.toMatchObject({ tag: 'missing-file' });
    await loader.close();
  });

  it.each([0, 1])('stops when it is closed, with %i threads', async (workers) => {
    const loader = startBatchLoader({ ...options, source: { ...options.source, folder }, workers });
    await loader.next();
    await loader.close();
    await expect(loader.next()).rejects.toMatchObject({ tag: 'loader-stopped' });
    await loader.close();
  });

  it.each([0, 1])('refuses what is still waited for when it is closed, with %i threads', async (workers) => {
    const loader = startBatchLoader({ ...options, source: { ...options.source, folder }, workers });
    const waiting = [loader.next(), loader.next()].map((batch) =>
      expect(batch).rejects.toMatchObject({ tag: 'loader-stopped' }),
    );
    await loader.close();
    await Promise.all(waiting);
  });
});
