import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { temporaryFolder } from '@nnunet/testing';
import { readLabels } from '@nnunet/volume/node';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FolderEstimate, FolderProgress } from './folder-options.ts';
import { loadModel } from './load-model.ts';
import { writeImage, writeModel } from './noise-task.fixture.ts';
import { predictFolder } from './predict-folder.ts';
import type { TrainedModel } from './trained-model.ts';

const built = existsSync(new URL('../../dist/node/stage-worker.js', import.meta.url));
const root = temporaryFolder();
const inputFolder = join(root, 'images');
let model: TrainedModel;
const ids = ['a', 'b', 'c', 'd'];

beforeAll(async () => {
  await mkdir(inputFolder);
  await writeModel(root, 0);
  await writeModel(root, 1);
  for (const id of ids) await writeImage(inputFolder, id);
  model = await loadModel(join(root, 'model'), { compute: { threads: 1 } });
  await predictFolder({ model, inputFolder, outputFolder: join(root, 'plain'), saveProbabilities: true });
  return () => model.dispose();
});

/** The files of a prediction are those of the plain one. */
async function expectSame(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names)
    expect((await readFile(join(folder, name))).equals(await readFile(join(root, 'plain', name))), name).toBe(true);
}

describe.skipIf(!built)('in threads (skipped before the first build)', () => {
  const threads = { preparing: 2, writing: 1 };

  it('gives the same files', async () => {
    const outputFolder = join(root, 'threads');
    const progress: FolderProgress[] = [];
    const onProgress = (p: FolderProgress) => progress.push(p);
    const result = await predictFolder({
      model,
      inputFolder,
      outputFolder,
      threads,
      saveProbabilities: true,
      onProgress,
    });
    expect([...result.predicted].sort()).toEqual(ids);
    await expectSame(
      outputFolder,
      ids.flatMap((id) => [`${id}.nii.gz`, `${id}.npz`, `${id}.json`]),
    );
    expect(progress.at(-1)).toMatchObject({ casesDone: 3, cases: 4, share: 1 });
    expect((await readdir(outputFolder)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('finishes the others when a case fails, names it, and goes on with it when it is right', async () => {
    const outputFolder = join(root, 'failed');
    const file = join(inputFolder, 'bb_0000.nii.gz');
    await writeFile(file, 'no image');
    const result = await predictFolder({ model, inputFolder, outputFolder, threads });
    expect([...result.predicted].sort()).toEqual(ids);
    expect(result.failed.map(({ id }) => id)).toEqual(['bb']);
    expect(isNnUNetError(result.failed[0]!.error, 'bad-nifti')).toBe(true);
    await writeImage(inputFolder, 'bb');
    expect(await predictFolder({ model, inputFolder, outputFolder, threads })).toMatchObject({
      predicted: ['bb'],
      failed: [],
    });
    await expectSame(
      outputFolder,
      ids.map((id) => `${id}.nii.gz`),
    );
  });

  it('has one case ready beyond the one that is prepared and the one that is written', async () => {
    const outputFolder = join(root, 'ready');
    const begun: string[][] = [];
    const onProgress = ({ share }: FolderProgress) => {
      if (share > 0) begun.push(readdirSync(outputFolder).filter((name) => name.endsWith('.lock')));
    };
    await predictFolder({ model, inputFolder, outputFolder, threads: { preparing: 1, writing: 1 }, onProgress });
    expect(begun[0]).toHaveLength(3);
    expect(Math.max(...begun.map(({ length }) => length))).toBe(3);
  });

  it('stops when asked and leaves no lock', async () => {
    const outputFolder = join(root, 'stopped');
    const stop = new AbortController();
    const onProgress = ({ casesDone }: FolderProgress) => casesDone > 0 && stop.abort('enough');
    const signal = stop.signal;
    const options = { model, inputFolder, outputFolder, threads, onProgress, signal };
    expect(await predictFolder(options).catch((e: unknown) => e)).toBe('enough');
    const left = await readdir(outputFolder);
    expect(left.filter((name) => name.startsWith('.'))).toEqual([]);
    expect(left.filter((name) => name.endsWith('.nii.gz')).length).toBeLessThan(ids.length);
  });
});

it('tells beforehand how much there is to do', async () => {
  const told: FolderEstimate[] = [];
  const onEstimate = (estimate: FolderEstimate) => told.push(estimate);
  await predictFolder({
    model,
    inputFolder,
    outputFolder: join(root, 'told'),
    mirrorAxes: [2],
    onEstimate,
    part: 0,
    parts: 4,
  });
  // 14 x 10 x 12 voxels of 0.8 x 1.25 x 1 mm become 12 x 11 x 12 of 1 mm, two tiles an axis.
  expect(told).toMatchObject([{ cases: expect.any(Number), unknown: 0 }]);
  expect(told[0]!.evaluations).toBe(told[0]!.cases * 2 * 2 * 8);
  expect(told[0]!.seconds).toBeGreaterThan(0);
  expect(told[0]!.atMost).toBe(false);
  const body = { model, inputFolder, outputFolder: join(root, 'told body'), tiles: 'body' as const, onEstimate };
  await predictFolder({ ...body, part: 0, parts: 4 });
  expect(told[1]).toMatchObject({ cases: told[0]!.cases, atMost: true });
});

describe('a limit of memory', () => {
  const options = { inputFolder, outputFolder: join(root, 'limited') };

  it('changes nothing where it is kept', async () => {
    const maxMemory = process.memoryUsage.rss() + 4e8;
    const result = await predictFolder({ model, ...options, maxMemory, overwrite: true });
    expect(result.failed).toEqual([]);
    await expectSame(
      options.outputFolder,
      ids.map((id) => `${id}.nii.gz`),
    );
  });

  it('refuses what cannot fit, before anything is predicted', async () => {
    const outputFolder = join(root, 'refused');
    const error = await predictFolder({ model, inputFolder, outputFolder, maxMemory: 1e6 }).catch((e: unknown) => e);
    expect(isNnUNetError(error, 'memory-limit')).toBe(true);
    expect((error as Error).message).toMatch(/^a: .* needs about .* 1 MB are allowed\n {2}Allow at least/);
    expect((await readdir(outputFolder)).filter((name) => name.endsWith('.nii.gz'))).toEqual([]);
    const wrong = await predictFolder({ model, ...options, maxMemory: -1 }).catch((e: unknown) => e);
    expect(isNnUNetError(wrong, 'usage')).toBe(true);
  });
});

it('leaves out tiles of background, which become background', async () => {
  const folder = join(root, 'half');
  await mkdir(folder);
  // A case whose upper half is empty but for one voxel, so that cropping keeps it.
  await writeImage(folder, 'half', (z, y, x) => z > 20 && !(z === 39 && y === 0 && x === 0), [40, 10, 12]);
  const evaluations = async (tiles: 'all' | 'body') => {
    let told = 0;
    const outputFolder = join(root, tiles);
    const onProgress = () => told++;
    await predictFolder({ model, inputFolder: folder, outputFolder, mirroring: false, tiles, onProgress });
    return { told, labels: await readLabels(join(outputFolder, 'half.nii.gz')) };
  };
  const body = await evaluations('body');
  const all = await evaluations('all');
  expect(body.told).toBeLessThan(all.told);
  // Here no tile reaches that holds a part of the body.
  for (let z = 36; z < 40; z++) expect(body.labels.data[(z * 10 + 9) * 12 + 11]).toBe(0);
  const below = 10 * 120;
  expect(body.labels.data.subarray(0, below)).toEqual(all.labels.data.subarray(0, below));
});
