import { existsSync } from 'node:fs';
import { copyFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNnUNetError } from '@nnunet/errors';
import { openPreparedCase } from '@nnunet/store';
import { temporaryFolder } from '@nnunet/testing';
import { loadPlugins } from '@nnunet/threads/node';
import { readLabels, readVolume, writeVolume } from '@nnunet/volume/node';
import { expect, it } from 'vitest';
import * as reference from '../../test/reference.ts';
import { preprocessCase, shippedPreprocessors } from '../preprocessor-registry.ts';
import { cropTask } from './crop-task.ts';
import { listCroppedCases, readCroppedCase, readCroppedCases } from './cropped-files.ts';
import { preprocessTask } from './preprocess-task.ts';
import type { RawCase } from './raw-case.ts';

const images = new URL('../../fixtures/images/Task101_Aniso/', import.meta.url);
const image = fileURLToPath(new URL('imagesTr/aniso_10104_0000.nii.gz', images));
const labels = fileURLToPath(new URL('labelsTr/aniso_10104.nii.gz', images));
const raw = (id: string): RawCase => ({ id, images: [image], labels });
const plans = reference.readPlans(reference.fixtures, 'Task101_Aniso', '3D');
// threads run the built file: turbo run build --filter=@nnunet/preprocess
const built = existsSync(new URL('../../dist/node/preprocess-worker.js', import.meta.url));

const folder = temporaryFolder();

for (const workers of [1, 2]) {
  it.skipIf(workers > 1 && !built)(`crops and prepares a task with ${workers} worker(s)`, async () => {
    const croppedFolder = join(folder, `cropped${workers}`);
    const outFolder = join(folder, `prepared${workers}`);
    const ids = ['a', 'b', 'c'];
    await cropTask({ cases: ids.map(raw), outFolder: croppedFolder, workers });
    expect(await listCroppedCases(croppedFolder)).toEqual(ids);
    expect(await readdir(join(croppedFolder, 'gt_segmentations'))).toEqual(['aniso_10104.nii.gz']);
    const golden = await reference.readCropped(reference.fixtures, 'Task101_Aniso', 'aniso_10104');
    for await (const cropped of readCroppedCases(croppedFolder)) {
      expect(cropped.images).toEqual(golden.images);
      expect(cropped.segmentation).toEqual(golden.segmentation);
    }

    const progress: string[] = [];
    const onProgress = ({ id, done, total }: { id: string; done: number; total: number }) =>
      progress.push(`${id} ${done}/${total}`);
    await preprocessTask({ croppedFolder, outFolder, plans, stage: 0, workers, onProgress });
    expect(progress.map((line) => line.slice(2))).toEqual(['1/3', '2/3', '3/3']);
    expect(progress.map((line) => line[0]).sort()).toEqual(ids);
    const expected = preprocessCase(await readCroppedCase(croppedFolder, 'b'), plans, 0);
    const stored = await openPreparedCase(outFolder, 'b');
    expect(stored.shape).toEqual(expected.shape);
    expect(await stored.readBox([0, 0, 0], expected.shape.slice(1))).toEqual(expected.data);
    expect(await stored.locations()).toEqual(expected.locations);
    expect(stored.properties.size_after_resampling).toEqual([17, 35, 37]);
    await stored.close();
  });

  it.skipIf(workers > 1 && !built)(`names a bad case and does the others with ${workers} worker(s)`, async () => {
    const outFolder = join(folder, `bad${workers}`);
    const broken = join(folder, 'broken.nii.gz');
    await writeFile(broken, (await readFile(image)).subarray(0, 5000));
    const bad = { id: 'bad', images: [broken], labels };
    const one = cropTask({ cases: [raw('a'), bad, raw('z')], outFolder, workers });
    await expect(one).rejects.toSatisfy((e) => isNnUNetError(e, 'bad-nifti') && /broken\.nii\.gz/.test(e.message));
    expect(await listCroppedCases(outFolder)).toEqual(['a', 'z']);
    const missing = { id: 'none', images: [join(folder, 'none.nii.gz')], labels };
    const two = cropTask({ cases: [bad, raw('b'), missing], outFolder, workers });
    await expect(two).rejects.toSatisfy(
      (e) => isNnUNetError(e, 'cases-failed') && /2 of 3/.test(e.message) && /none\.nii\.gz/.test(e.message),
    );
    expect(await listCroppedCases(outFolder)).toEqual(['a', 'b', 'z']);
  });
}

it('leaves cropped cases as they are unless told', async () => {
  const outFolder = join(folder, 'twice');
  const time = async () => (await stat(join(outFolder, 'a.npz'))).mtimeMs;
  await cropTask({ cases: [raw('a')], outFolder, workers: 1 });
  const first = await time();
  await cropTask({ cases: [raw('a')], outFolder, workers: 1 });
  expect(await time()).toBe(first);
  await new Promise((done) => setTimeout(done, 20));
  await cropTask({ cases: [raw('a')], outFolder, workers: 1, overwrite: true });
  expect(await time()).not.toBe(first);
});

it('takes cases that v1 has cropped, with their pickled properties, as they are', async () => {
  const outFolder = join(folder, 'v1');
  const id = 'aniso_10112';
  const test = { id, images: [fileURLToPath(new URL('imagesTs/aniso_10112_0000.nii.gz', images))], labels: null };
  await cropTask({ cases: [test], outFolder, workers: 1 });
  const own = await readCroppedCase(outFolder, id);
  await rm(join(outFolder, `${id}.json`));
  await copyFile(new URL('../../fixtures/v1/aniso_10112.pkl', import.meta.url), join(outFolder, `${id}.pkl`));
  const files = (await readdir(outFolder)).sort();
  const { mtimeMs } = await stat(join(outFolder, `${id}.npz`));
  await cropTask({ cases: [test], outFolder, workers: 1 });
  expect((await readdir(outFolder)).sort()).toEqual(files);
  expect((await stat(join(outFolder, `${id}.npz`))).mtimeMs).toBe(mtimeMs);
  const cropped = await readCroppedCase(outFolder, id);
  expect(cropped.images).toEqual(own.images);
  expect(cropped.properties.crop_bbox).toEqual(own.properties.crop_bbox);
  const outPrepared = join(folder, 'v1-prepared');
  await preprocessTask({ croppedFolder: outFolder, outFolder: outPrepared, plans, stage: 0, workers: 1 });
  expect((await readdir(outPrepared)).sort()).toContain(`${id}.npy`);
});

it.skipIf(!built)('takes a preprocessor of the user in threads, and stops when aborted', async () => {
  const croppedFolder = join(folder, 'plugin');
  await cropTask({ cases: ['a', 'b', 'c', 'd'].map(raw), outFolder: croppedFolder, workers: 1 });
  const plugin = join(folder, 'mine.mjs');
  const library = new URL('../../dist/preprocessors.js', import.meta.url).href;
  await writeFile(
    plugin,
    `import { PreprocessorFor3D_NoResampling } from '${library}';
     export class Mine extends PreprocessorFor3D_NoResampling {
       normalize(image) { image.fill(42); }
     }`,
  );
  const outFolder = join(folder, 'mine');
  const options = { croppedFolder, outFolder, plans: { ...plans, preprocessor_name: 'Mine' }, stage: 0, workers: 2 };
  await expect(preprocessTask(options)).rejects.toSatisfy(
    (e) => isNnUNetError(e, 'cases-failed') && /no preprocessor called Mine/.test(e.message),
  );
  const own = await loadPlugins([plugin], { preprocessors: shippedPreprocessors });
  await preprocessTask({ ...options, ...own });
  const stored = await openPreparedCase(outFolder, 'a');
  expect(stored.shape).toEqual([2, 48, 7, 37]);
  expect((await stored.readBox([0, 0, 0], [1, 1, 1]))[0]).toBe(42);
  await stored.close();

  const stop = new AbortController();
  const run = preprocessTask({ ...options, ...own, signal: stop.signal, onProgress: () => stop.abort() });
  await expect(run).rejects.toThrow(/abort/i);
});

it('refuses labels that the plans do not know, whoever cropped the case', async () => {
  const croppedFolder = join(folder, 'undeclared');
  await cropTask({ cases: [raw('a')], outFolder: croppedFolder, workers: 1 });
  const known = { ...plans, all_classes: plans.all_classes.slice(0, -1) };
  const dropped = plans.all_classes.at(-1);
  const error = await preprocessTask({
    croppedFolder,
    outFolder: join(folder, 'none'),
    plans: known,
    stage: 0,
    workers: 1,
  }).catch((e: unknown) => e);
  expect(isNnUNetError(error, 'undeclared-labels')).toBe(true);
  expect((error as Error).message).toMatch(new RegExp(`aniso_10104\\.nii\\.gz.*: ${dropped} \\(\\d+ voxels\\)`));
});

it('tells of voxels that are not finite, and of labels that are rounded', async () => {
  const outFolder = join(folder, 'notices');
  const volume = await readVolume(image);
  const map = await readLabels(labels);
  volume.data[0] = Number.NaN;
  const files = { image: join(folder, 'nan.nii.gz'), labels: join(folder, 'nearly.nii.gz') };
  await writeVolume(files.image, volume);
  await writeVolume(files.labels, { ...map, data: Float32Array.from(map.data, (v) => v * 0.9999) });
  const cases = [raw('a'), { id: 'b', images: [files.image], labels: files.labels }];
  const count = map.data.filter((v) => v > 0).length;
  expect((await cropTask({ cases, outFolder, workers: 1 })).notices).toEqual([
    `${files.image}: 1 voxel is NaN, infinite or out of range for float32 and will be read as 0`,
    `${files.labels}: ${count} labels are not integers and were rounded`,
  ]);
  const [a, b] = [await readCroppedCase(outFolder, 'a'), await readCroppedCase(outFolder, 'b')];
  // the first voxel now lies outside the nonzero mask
  expect(b.segmentation[0]).toBe(-1);
  expect(b.segmentation.subarray(1)).toEqual(a.segmentation.subarray(1));
});

it('refuses to write a case that is not finite, and names it', async () => {
  const croppedFolder = join(folder, 'overflow');
  await cropTask({ cases: [raw('a')], outFolder: croppedFolder, workers: 1 });
  const ct = { ...plans, normalization_schemes: { 0: 'CT' as const } };
  const statistics = { median: 5, mean: 5, sd: 0, mn: 5, mx: 5, percentile_99_5: 5, percentile_00_5: 5 };
  const flat = {
    ...ct,
    dataset_properties: { ...plans.dataset_properties, intensityproperties: { 0: { ...statistics, local_props: {} } } },
  };
  const outFolder = join(folder, 'overflowed');
  const error = await preprocessTask({ croppedFolder, outFolder, plans: flat, stage: 0, workers: 1 }).catch(
    (e: unknown) => e,
  );
  expect(isNnUNetError(error, 'not-finite')).toBe(true);
  expect((error as Error).message).toMatch(/a: the preprocessed image of modality 0 contains/);
  expect(await readdir(outFolder)).toEqual([]);
});
