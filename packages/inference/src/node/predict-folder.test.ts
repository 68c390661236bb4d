import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { describeNetwork } from '@nnunet/network';
import { acquireLock, readCaseProperties } from '@nnunet/store';
import { readNpzFile } from '@nnunet/tensor/node';
import { openFiles, temporaryFolder } from '@nnunet/testing';
import { readLabels, readVolume, writeVolume } from '@nnunet/volume/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Prediction } from '../prediction.ts';
import type { FolderProgress } from './folder-options.ts';
import { loadModel } from './load-model.ts';
import { description, plans, writeImage, writeModel } from './noise-task.fixture.ts';
import { predictFolder } from './predict-folder.ts';
import type { TrainedModel } from './trained-model.ts';

const root = temporaryFolder();
afterAll(() => expect(openFiles(root)).toEqual([]));
let inputFolder: string;
let model: TrainedModel;

beforeAll(async () => {
  inputFolder = join(root, 'images');
  await mkdir(inputFolder);
  await writeModel(root, 0);
  await writeModel(root, 1);
  for (const id of ['a', 'b', 'c']) await writeImage(inputFolder, id);
  model = await loadModel(join(root, 'model'), { compute: { threads: 1 } });
  return () => model.dispose();
});

describe('loadModel', () => {
  it('takes all folds, or those asked for', async () => {
    expect(model.folds).toBe(2);
    expect((await loadModel(join(root, 'model'), { folds: [1] })).folds).toBe(1);
  });

  it('says what is missing', async () => {
    const tag = (promise: Promise<unknown>) => promise.catch((e: { tag: string }) => e.tag);
    expect(await tag(loadModel(join(root, 'nowhere')))).toBe('missing-folder');
    expect(await tag(loadModel(join(root, 'images')))).toBe('no-folds');
    expect(await tag(loadModel(join(root, 'model'), { folds: [4] }))).toBe('missing-checkpoint');
    expect(await tag(loadModel(join(root, 'model'), { checkpoint: 'model_best' }))).toBe('missing-checkpoint');
  });

  it('refuses folds of different networks', async () => {
    const network = describeNetwork({ ...plans, base_num_features: 6 }, 0);
    await writeModel(root, 2, { ...description, network });
    expect(isNnUNetError(await loadModel(join(root, 'model')).catch((e: unknown) => e), 'mixed-model')).toBe(true);
    await rm(join(root, 'model', 'fold_2'), { recursive: true });
  });
});

describe('predictFolder', () => {
  it('predicts given cases in place of a folder, and replaces no image', async () => {
    const outputFolder = join(root, 'given');
    const cases = [{ id: 'x', images: [join(inputFolder, 'a_0000.nii.gz')] }];
    expect(await predictFolder({ model, cases, outputFolder })).toMatchObject({ predicted: ['x'], failed: [] });
    expect(existsSync(join(outputFolder, 'x.nii.gz'))).toBe(true);
    const refused = (more: object) =>
      predictFolder({ model, outputFolder, ...more }).catch((e: { what: string }) => e.what);
    expect(await refused({ cases, inputFolder })).toBe('what to predict is not clear');
    expect(await refused({})).toBe('what to predict is not clear');
    const image = join(outputFolder, 'x.nii.gz');
    expect(await refused({ cases: [{ id: 'x', images: [image] }] })).toBe('the label map would replace this image');
    expect(await refused({ cases: [{ id: 'x', images: [image, image] }] })).toBe(
      'the label map would replace this image',
    );
    expect(await refused({ cases: [{ id: 'y', images: [image, image] }] })).toMatch(/needs 1 image per case \(MRI\)/);
  });

  it('writes labels with the geometry of the image, probabilities and properties', async () => {
    const outputFolder = join(root, 'out');
    const progress: FolderProgress[] = [];
    const result = await predictFolder({
      model,
      inputFolder,
      outputFolder,
      saveProbabilities: true,
      onProgress: (p) => progress.push(p),
    });
    expect(result).toEqual({ predicted: ['a', 'b', 'c'], skipped: [], elsewhere: [], failed: [] });
    const image = await readVolume(join(inputFolder, 'a_0000.nii.gz'));
    const labels = await readLabels(join(outputFolder, 'a.nii.gz'));
    for (const key of ['shape', 'spacing', 'origin', 'direction'] as const) expect(labels[key]).toEqual(image[key]);
    expect(new Set(labels.data as Uint8Array).size).toBeGreaterThan(1);
    const softmax = (await readNpzFile(join(outputFolder, 'a.npz'))).get('softmax')!;
    expect(softmax.dtype).toBe('float16');
    expect(softmax.shape).toEqual([3, 12, 9, 11]);
    const properties = await readCaseProperties(join(outputFolder, 'a.json'));
    expect(properties.crop_bbox).toEqual([
      [2, 14],
      [0, 9],
      [1, 12],
    ]);
    expect((await readdir(outputFolder)).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(existsSync(join(outputFolder, 'plans.json'))).toBe(true);
    expect(progress.at(-1)).toMatchObject({ caseId: 'c', casesDone: 2, cases: 3, share: 1, secondsLeft: 0 });
    // Labels and probabilities agree.
    const [Z, Y, X] = [12, 9, 11];
    for (let z = 0; z < Z; z++)
      for (let y = 0; y < Y; y++)
        for (let x = 0; x < X; x++) {
          const p = [0, 1, 2].map((c) => softmax.data[((c * Z + z) * Y + y) * X + x] as number);
          const label = labels.data[((z + 2) * 10 + y) * 12 + x + 1] as number;
          expect(p[label]).toBeGreaterThanOrEqual(Math.max(...p) - 2e-3);
        }
  });

  it('is the mean of its folds', async () => {
    const image = await readVolume(join(inputFolder, 'a_0000.nii.gz'));
    const both = (await model.predict([image])) as Prediction;
    const parts: Float32Array[] = [];
    for (const fold of [0, 1]) {
      const one = await loadModel(join(root, 'model'), { folds: [fold], compute: { threads: 1 }, batchSize: 3 });
      parts.push(((await one.predict(image)) as Prediction).probabilities.data);
      await one.dispose();
    }
    const worst = Math.max(...both.probabilities.data.map((p, i) => Math.abs(p - (parts[0]![i]! + parts[1]![i]!) / 2)));
    expect(worst).toBeLessThan(1e-6);
  });

  it('leaves existing outputs alone, does its part only, and passes over a case in other hands', async () => {
    const outputFolder = join(root, 'parts');
    const options = { model, inputFolder, outputFolder, mirroring: false, stepSize: 1 };
    expect((await predictFolder({ ...options, part: 1, parts: 3 })).predicted).toEqual(['b']);
    const lock = await acquireLock(join(outputFolder, '.c.lock'));
    expect(await predictFolder(options)).toMatchObject({ predicted: ['a'], skipped: ['b'], elsewhere: ['c'] });
    await lock.release();
    // A label map that another program has copied by half.
    const half = (await readFile(join(outputFolder, 'a.nii.gz'))).subarray(0, -40);
    await writeFile(join(outputFolder, 'a.nii.gz'), half);
    expect(await predictFolder(options)).toMatchObject({ predicted: ['a', 'c'], skipped: ['b'] });
    expect((await predictFolder({ ...options, overwrite: true, mode: 'fast' })).predicted).toEqual(['a', 'b', 'c']);
  });

  it('does not mix the label maps of two models in one folder', async () => {
    const outputFolder = join(root, 'mixed');
    const options = { inputFolder, outputFolder, mirroring: false, stepSize: 1 };
    const [first, second] = [
      await loadModel(join(root, 'model'), { folds: [0], compute: { threads: 1 } }),
      await loadModel(join(root, 'model'), { folds: [1], compute: { threads: 1 } }),
    ];
    await predictFolder({ ...options, model: first, part: 0, parts: 3 });
    const refused = await predictFolder({ ...options, model: second }).catch((error: unknown) => error);
    expect(isNnUNetError(refused, 'other-model')).toBe(true);
    expect(String(refused)).toMatch(/mixed.*another model or other folds: a\n/);
    expect(await readdir(outputFolder)).not.toContain('b.nii.gz');
    expect((await predictFolder({ ...options, model: first })).predicted).toEqual(['b', 'c']);
    expect((await predictFolder({ ...options, model: second, overwrite: true })).predicted).toEqual(['a', 'b', 'c']);
    await expect(predictFolder({ ...options, model: first })).rejects.toThrow(/another model/);
    // A folder that does not tell, such as v1's, is gone on with.
    await rm(join(outputFolder, 'predicted_by.json'));
    expect((await predictFolder({ ...options, model: first })).skipped).toEqual(['a', 'b', 'c']);
    await Promise.all([first.dispose(), second.dispose()]);
  });

  it('says what it leaves out, what is not finite and what another process is at, and counts what is there', async () => {
    const [images, outputFolder] = [join(root, 'odd'), join(root, 'odd out')];
    await mkdir(images);
    for (const id of ['a', 'b', 'c', 'd']) await writeImage(images, id);
    const image = await readVolume(join(images, 'b_0000.nii.gz'));
    image.data[500] = Number.NaN;
    await writeVolume(join(images, 'b_0000.nii.gz'), image);
    const messages: string[] = [];
    const progress: FolderProgress[] = [];
    const options = {
      model,
      inputFolder: images,
      outputFolder,
      stepSize: 1,
      mirroring: false,
      onMessage: (text: string) => void messages.push(text),
      onProgress: (p: FolderProgress) => void progress.push(p),
    };
    await predictFolder({ ...options, part: 0, parts: 4 });
    expect(JSON.parse(await readFile(join(outputFolder, 'predicted_by.json'), 'utf8'))).toEqual({
      model: model.identity,
      trainer: 'nnUNetTrainerV2',
      configuration: '3d_fullres',
      folds: 2,
    });
    for (const id of ['a', 'b']) await copyFile(join(images, 'a_0000.nii.gz'), join(images, `${id}_0001.nii.gz`));
    const lock = await acquireLock(join(outputFolder, '.c.lock'));
    progress.length = 0;
    expect(await predictFolder(options)).toEqual({
      predicted: ['b', 'd'],
      skipped: ['a'],
      elsewhere: ['c'],
      failed: [],
    });
    await lock.release();
    expect(messages).toEqual([
      '2 files belong to no case and are ignored: a_0001.nii.gz, b_0001.nii.gz',
      expect.stringMatching(/^b: b_0000\.nii\.gz: 1 voxel is NaN/),
      'c is being predicted by another process',
    ]);
    expect(progress[0]).toMatchObject({ caseId: 'b', casesDone: 1, cases: 4, share: 0 });
    const shares = progress.filter(({ caseId }) => caseId === 'b').map(({ share }) => share);
    // Eight tiles of each of two folds.
    expect(shares).toEqual([0, ...new Array(shares.length - 3).fill(expect.any(Number)), 0.999, 1]);
    expect(shares).toEqual([...shares].sort((x, y) => x - y));
    expect(progress.map(({ caseId, casesDone }) => `${caseId} ${casesDone}`)).toEqual([
      ...shares.map(() => 'b 1'),
      'c 2',
      ...shares.map(() => 'd 3'),
    ]);
    await rm(join(images, 'b_0001.nii.gz'));
    messages.length = 0;
    await predictFolder(options);
    expect(messages).toEqual(['1 file belongs to no case and is ignored: a_0001.nii.gz']);
    await rm(join(outputFolder, 'b.nii.gz'));
    // Without probabilities a case is not whole where these are wanted.
    expect((await predictFolder({ ...options, saveProbabilities: true })).predicted).toEqual(['a', 'b', 'c', 'd']);
  });

  it('finishes the others when a case fails, and names it', async () => {
    await writeFile(join(inputFolder, 'aa_0000.nii.gz'), 'no image');
    const result = await predictFolder({ model, inputFolder, outputFolder: join(root, 'parts') });
    expect(result.skipped).toEqual(['a', 'b', 'c']);
    expect(result.failed.map(({ id }) => id)).toEqual(['aa']);
    expect(isNnUNetError(result.failed[0]!.error, 'bad-nifti')).toBe(true);
    await rm(join(inputFolder, 'aa_0000.nii.gz'));
  });

  it('refuses what does not go together', async () => {
    const options = { model, inputFolder, outputFolder: join(root, 'parts') };
    const wrong = [
      { ...options, part: -1, parts: 2 },
      { ...options, part: 0.5, parts: 2 },
      { ...options, parts: 0 },
      { ...options, parts: 1.5 },
      { ...options, stepSize: 0 },
      { ...options, stepSize: 1.01 },
      { ...options, maxMemory: 0 },
      { ...options, threads: { preparing: -1 } },
      { ...options, threads: { writing: 0.5 } },
      { ...options, part: 2, parts: 2 },
      { ...options, outputFolder: `${inputFolder}/../${basename(inputFolder)}` },
      { ...options, mode: 'quick' as 'fast' },
      { ...options, mode: 'fast' as const, saveProbabilities: true },
    ];
    const regions = Object.create(model, { rules: { value: { ...model.rules, modes: ['normal'] } } }) as TrainedModel;
    await expect(predictFolder({ ...options, model: regions, mode: 'fast' })).rejects.toThrow(
      /not support `mode` fast/,
    );
    for (const each of wrong)
      expect(isNnUNetError(await predictFolder(each).catch((e: unknown) => e), 'usage')).toBe(true);
  });
});
